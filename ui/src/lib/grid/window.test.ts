import { describe, expect, it } from "vitest";

import { fit, MAX_HEIGHT, moved, pagesOf, scrollFor, windowOf } from "./window";

describe("fit", () => {
  it("fills the width exactly", () => {
    const { columns, card } = fit(1000, 160, 16);
    expect(columns).toBe(6);
    expect(card * columns + 16 * (columns - 1)).toBeCloseTo(1000);
  });
  it("keeps at least two columns on a phone", () => {
    expect(fit(200, 160, 16).columns).toBe(2);
  });
});

describe("windowOf", () => {
  it("draws only what is near the view", () => {
    const found = windowOf(50_000, 8, 300, 30_000, 900);
    expect(found.start).toBe(98 * 8);
    expect(found.end).toBe(105 * 8);
    expect(found.offset).toBe(98 * 300);
    expect(found.height).toBe(6250 * 300);
  });
  it("ends at the last item", () => {
    const found = windowOf(10, 4, 300, 0, 5000);
    expect([found.start, found.end]).toEqual([0, 10]);
  });
  it("holds nothing when empty", () => {
    expect(windowOf(0, 4, 300, 0, 900)).toMatchObject({ height: 0, start: 0, end: 0 });
  });
  it("reaches the first and the last row of a million items below the browsers' limit", () => {
    const total = 5_000_000;
    const top = windowOf(total, 5, 300, 0, 900);
    expect(top.height).toBe(MAX_HEIGHT);
    expect(top.start).toBe(0);
    const bottom = windowOf(total, 5, 300, MAX_HEIGHT - 900, 900);
    expect(bottom.end).toBe(total);
    expect(bottom.offset + (total / 5 - bottom.start / 5) * 300).toBeCloseTo(MAX_HEIGHT, 0);
  });
});

describe("scrollFor", () => {
  it("agrees with windowOf", () => {
    for (const total of [5_000, 5_000_000]) {
      const index = Math.floor(total * 0.7);
      const found = windowOf(total, 5, 300, scrollFor(index, total, 5, 300, 900), 900, 0);
      expect(found.start).toBeLessThanOrEqual(index);
      expect(found.end).toBeGreaterThan(index);
    }
  });
});

describe("pagesOf", () => {
  it("names each page once", () => {
    expect(pagesOf(50, 130, 60)).toEqual([0, 1, 2]);
    expect(pagesOf(60, 120, 60)).toEqual([1]);
    expect(pagesOf(0, 0, 60)).toEqual([]);
  });
});

describe("moved", () => {
  it("moves within the rows and stops at the edges", () => {
    expect(moved("ArrowRight", 0, 10, 4, 2)).toBe(1);
    expect(moved("ArrowRight", 3, 10, 4, 2)).toBeNull();
    expect(moved("ArrowDown", 7, 10, 4, 2)).toBe(9);
    expect(moved("ArrowDown", 9, 10, 4, 2)).toBeNull();
    expect(moved("ArrowUp", 2, 10, 4, 2)).toBeNull();
    expect(moved("End", 2, 10, 4, 2)).toBe(9);
    expect(moved("x", 2, 10, 4, 2)).toBeNull();
  });
});
