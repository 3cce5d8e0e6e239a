import { describe, expect, it } from "vitest";

import { match, queryWith } from "./match";

describe("match", () => {
  it("fits fixed paths with and without a closing slash", () => {
    expect(match("/", "/")).toEqual({});
    expect(match("/login", "/login/")).toEqual({});
    expect(match("/login", "/log")).toBeNull();
  });
  it("takes parameters and decodes them", () => {
    expect(match("/items/:id", "/items/a%20b")).toEqual({ id: "a b" });
    expect(match("/items/:id", "/items/a/b")).toBeNull();
  });
  it("refuses broken escapes instead of throwing", () => {
    expect(match("/items/:id", "/items/%E0%A4%A")).toBeNull();
  });
  it("lets a star take what is left", () => {
    expect(match("*", "/no/such/page")).toEqual({});
  });
});

describe("queryWith", () => {
  it("sets, replaces and removes", () => {
    expect(queryWith("?sort=title", { sort: "-year" })).toBe("?sort=-year");
    expect(queryWith("?sort=title&genre=Drama", { genre: null })).toBe("?sort=title");
    expect(queryWith("?a=1", { a: "" })).toBe("");
  });
});
