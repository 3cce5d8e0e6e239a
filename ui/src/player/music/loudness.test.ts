import { describe, expect, it } from "vitest";

import type { Item } from "../../lib/api/types";
import { factorOf, inAlbum, volumeOf } from "./loudness";

const known = { track_gain: -6, track_peak: 0.9, album_gain: -3, album_peak: 1, source: "tags" as const };

describe("factorOf", () => {
  it("is the track's gain, or the album's within an album", () => {
    expect(factorOf(known, false)).toBeCloseTo(10 ** (-6 / 20));
    expect(factorOf(known, true)).toBeCloseTo(10 ** (-3 / 20));
  });
  it("is 1 where nothing is known", () => {
    expect(factorOf(null, true)).toBe(1);
    expect(factorOf(undefined, false)).toBe(1);
  });
  it("takes what there is", () => {
    expect(factorOf({ ...known, album_gain: null }, true)).toBeCloseTo(10 ** (-6 / 20));
    expect(factorOf({ ...known, track_gain: null, track_peak: null }, false)).toBeCloseTo(10 ** (-3 / 20));
  });
  it("never makes the peak clip", () => {
    expect(factorOf({ ...known, track_gain: 12, track_peak: 0.5 }, false)).toBeCloseTo(2);
    expect(factorOf({ ...known, track_gain: 3, track_peak: 0.1 }, false)).toBeCloseTo(10 ** (3 / 20));
  });
});

describe("volumeOf", () => {
  it("stays within what an element takes", () => {
    expect(volumeOf(1, 2)).toBe(1);
    expect(volumeOf(0.5, 0.5)).toBeCloseTo(0.125);
    expect(volumeOf(0, 2)).toBe(0);
  });
});

describe("inAlbum", () => {
  const track = (album: string | null): Item => ({ album: album ? { id: album } : null }) as Item;
  it("is so beside another track of it", () => {
    const tracks = [track("a"), track("a"), track("b"), track(null), track(null)];
    expect(tracks.map((_, index) => inAlbum(tracks, index))).toEqual([true, true, false, false, false]);
  });
});
