import { describe, expect, it } from "vitest";

import { following, insertNext, movedTo, preceding, shuffled, without } from "./queue";

describe("following", () => {
  it("goes on, ends, or begins again", () => {
    expect(following(3, 0, "off")).toBe(1);
    expect(following(3, 2, "off")).toBeNull();
    expect(following(3, 2, "all")).toBe(0);
    expect(following(0, -1, "all")).toBeNull();
  });
  it("repeats one track until somebody asks for the next", () => {
    expect(following(3, 1, "one")).toBe(1);
    expect(following(3, 1, "one", true)).toBe(2);
  });
});

describe("preceding", () => {
  it("stops at the first unless all repeat", () => {
    expect(preceding(3, 1, "off")).toBe(0);
    expect(preceding(3, 0, "off")).toBeNull();
    expect(preceding(3, 0, "all")).toBe(2);
  });
});

describe("shuffled", () => {
  it("keeps every track and begins with the chosen one", () => {
    const tracks = Array.from({ length: 50 }, (_, index) => index);
    const mixed = shuffled(tracks, 7);
    expect(mixed[0]).toBe(7);
    expect([...mixed].sort((a, b) => a - b)).toEqual(tracks);
  });
  it("follows its source of chance", () => {
    expect(shuffled(["a", "b", "c", "d"], 0, () => 0)).toEqual(["a", "c", "d", "b"]);
  });
});

describe("changes keep the place", () => {
  const queue = { tracks: ["a", "b", "c", "d"], index: 1 };
  it("when tracks come next", () => {
    expect(insertNext(queue, ["x", "y"])).toEqual({ tracks: ["a", "b", "x", "y", "c", "d"], index: 1 });
    expect(insertNext({ tracks: [], index: -1 }, ["x"])).toEqual({ tracks: ["x"], index: 0 });
  });
  it("when a track goes", () => {
    expect(without(queue, 0)).toEqual({ tracks: ["b", "c", "d"], index: 0 });
    expect(without(queue, 3)).toEqual({ tracks: ["a", "b", "c"], index: 1 });
    expect(without(queue, 1)).toEqual({ tracks: ["a", "c", "d"], index: 1 });
    expect(without({ tracks: ["a"], index: 0 }, 0)).toEqual({ tracks: [], index: -1 });
  });
  it("when a track moves", () => {
    expect(movedTo(queue, 1, 3)).toEqual({ tracks: ["a", "c", "d", "b"], index: 3 });
    expect(movedTo(queue, 0, 2)).toEqual({ tracks: ["b", "c", "a", "d"], index: 0 });
    expect(movedTo(queue, 3, 0)).toEqual({ tracks: ["d", "a", "b", "c"], index: 2 });
    expect(movedTo(queue, 0, 9)).toBe(queue);
  });
});
