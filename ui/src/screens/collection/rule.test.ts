import { describe, expect, it } from "vitest";

import type { Library, Rule } from "../../lib/api/types";
import { drafted, fitting, rule } from "./rule";

describe("a rule in a form", () => {
  it("comes back as it was", () => {
    const kept: Rule = { kinds: ["movie", "series"], genre: "Drama", year: 1999, watched: false, favorite: true, sort: "-rating" };
    expect(rule(drafted(kept))).toEqual(kept);
  });
  it("says nothing of what was left empty", () => {
    expect(rule({ ...drafted(null), genre: "  ", q: " moon " })).toEqual({ kinds: ["movie"], q: "moon" });
  });
  it("needs a kind, and a year of four digits", () => {
    expect(() => rule({ ...drafted(null), kinds: [] })).toThrow("Choose what");
    expect(() => rule({ ...drafted(null), year: "99" })).toThrow("four digits");
  });
  it("offers the libraries that may hold it", () => {
    const libraries = [{ id: "f", kind: "movies" }, { id: "m", kind: "music" }] as Library[];
    expect(fitting(libraries, ["track"]).map((one) => one.id)).toEqual(["m"]);
  });
});
