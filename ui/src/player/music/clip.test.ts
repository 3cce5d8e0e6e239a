import { expect, test } from "vitest";

import { isOver, lengthOf, toFile, toTrack } from "./clip";

test("a piece counts from its own beginning and ends where the next begins", () => {
  const clip = { start_ms: 60_000, end_ms: 90_000 };
  expect(toFile(1_000, clip)).toBe(61_000);
  expect(toTrack(61_000, clip)).toBe(1_000);
  expect(toTrack(59_000, clip)).toBe(0);
  expect(lengthOf(200_000, clip)).toBe(30_000);
  expect([isOver(89_999, clip), isOver(90_000, clip)]).toEqual([false, true]);
});

test("the last piece and a whole file end with the file", () => {
  expect(lengthOf(200_000, { start_ms: 150_000, end_ms: null })).toBe(50_000);
  expect(isOver(300_000, { start_ms: 150_000, end_ms: null })).toBe(false);
  expect([toFile(5, null), toTrack(5, null), lengthOf(5, null), isOver(5, null)]).toEqual([5, 5, 5, false]);
});
