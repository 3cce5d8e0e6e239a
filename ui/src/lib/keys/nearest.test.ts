import { describe, expect, it } from "vitest";

import { type Box, nearest } from "./nearest";

const box = (left: number, top: number, width = 100, height = 100): Box => ({ left, top, right: left + width, bottom: top + height });

describe("nearest", () => {
  const from = box(200, 200);
  it("goes to the neighbour in the same row", () => {
    expect(nearest(from, [box(500, 200), box(320, 200), box(320, 500)], "ArrowRight")).toBe(1);
    expect(nearest(from, [box(80, 200), box(0, 0)], "ArrowLeft")).toBe(0);
  });
  it("prefers what lies straight below", () => {
    expect(nearest(from, [box(600, 310), box(210, 340)], "ArrowDown")).toBe(1);
  });
  it("never goes backwards", () => {
    expect(nearest(from, [box(0, 0), box(0, 200)], "ArrowRight")).toBe(-1);
  });
});
