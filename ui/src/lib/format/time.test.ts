import { describe, expect, it } from "vitest";

import { about, ago, clock, fraction, length } from "./time";

describe("clock", () => {
  it("counts minutes, then hours", () => {
    expect(clock(0)).toBe("0:00");
    expect(clock(2_530_999)).toBe("42:10");
    expect(clock(3_723_000)).toBe("1:02:03");
    expect(clock(36_000_000)).toBe("10:00:00");
    expect(clock(-5)).toBe("0:00");
  });
});

describe("length", () => {
  it("reads as people say it", () => {
    expect(length(6_720_000)).toBe("1 h 52 min");
    expect(length(7_200_000)).toBe("2 h");
    expect(length(2_640_000)).toBe("44 min");
    expect(length(12_000)).toBe("12 s");
  });
});

describe("about", () => {
  it("never pretends to be exact", () => {
    expect(about(1_000)).toBe("a few seconds");
    expect(about(31_000)).toBe("about 35 s");
    expect(about(61_000)).toBe("about 2 min");
  });
});

describe("ago", () => {
  const now = Date.parse("2026-05-02T12:00:00Z");
  it("speaks of the past", () => {
    expect(ago("2026-05-02T11:59:40Z", now)).toBe("just now");
    expect(ago("2026-05-02T11:55:00Z", now)).toBe("5 minutes ago");
    expect(ago("2026-05-01T12:00:00Z", now)).toBe("yesterday");
  });
});

describe("fraction", () => {
  it("shows nothing for nothing", () => {
    expect(fraction(0, 1000)).toBeNull();
    expect(fraction(10, null)).toBeNull();
    expect(fraction(500, 1000)).toBe(0.5);
    expect(fraction(2000, 1000)).toBe(1);
  });
});
