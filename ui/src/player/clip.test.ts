import { expect, test } from "vitest";

import { endOf, holds, isOver, toFile, toItem } from "./clip";

test("a piece counts from its own beginning and ends where the next begins", () => {
  const clip = { start_ms: 60_000, end_ms: 90_000, offset_ms: 0, more: false };
  expect(toFile(1_000, clip)).toBe(61_000);
  expect(toItem(61_000, clip)).toBe(1_000);
  expect(toItem(59_000, clip)).toBe(0);
  expect(endOf(200_000, clip)).toBe(30_000);
  expect([isOver(89_999, clip), isOver(90_000, clip)]).toEqual([false, true]);
});

test("the last piece and a whole file end with the file", () => {
  const last = { start_ms: 150_000, end_ms: null, offset_ms: 0, more: false };
  expect(endOf(200_000, last)).toBe(50_000);
  expect(isOver(300_000, last)).toBe(false);
  expect([toFile(5, null), toItem(5, null), endOf(5, null), isOver(5, null), holds(9, 5, null)]).toEqual([5, 5, 5, false, true]);
});

test("a part counts on from the parts before it", () => {
  const second = { start_ms: 0, end_ms: null, offset_ms: 40_000, more: true };
  expect(toItem(1_000, second)).toBe(41_000);
  expect(toFile(41_000, second)).toBe(1_000);
  expect(endOf(30_000, second)).toBe(70_000);
  expect([39_999, 40_000, 69_999, 70_000].map((at) => holds(at, 30_000, second))).toEqual([false, true, true, false]);
});
