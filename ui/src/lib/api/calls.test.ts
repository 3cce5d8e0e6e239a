import { expect, it, vi } from "vitest";

it("ends a play after what it was told last has arrived, and at once when the page closes", async () => {
  const heard: Record<string, () => void> = {};
  const sent: string[] = [];
  const arrive: (() => void)[] = [];
  vi.stubGlobal("document", { cookie: "" });
  vi.stubGlobal("addEventListener", (event: string, run: () => void) => (heard[event] = run));
  vi.stubGlobal("location", { origin: "http://hearth.test" });
  vi.stubGlobal("fetch", (_: string, request: RequestInit) => {
    sent.push(request.method ?? "");
    return new Promise<void>((done) => arrive.push(done));
  });
  const { endPlay, report } = await import("./calls");

  report("one", 3000, true);
  endPlay("one");
  report("another", 0, false);
  expect(sent).toEqual(["PUT", "PUT"]);
  arrive[0]?.();
  await vi.waitFor(() => expect(sent).toEqual(["PUT", "PUT", "DELETE"]));

  heard.pagehide?.();
  report("third", 3000, true);
  endPlay("third");
  expect(sent.slice(3)).toEqual(["PUT", "DELETE"]);
});
