import { describe, expect, it } from "vitest";

import { accentStyle, hueOf } from "./accent";

describe("hueOf", () => {
  it("finds the hue of plain colours", () => {
    expect(hueOf("#ff0000")?.hue).toBeCloseTo(29.2, 0);
    expect(hueOf("#0000ff")?.hue).toBeCloseTo(264, 0);
  });
  it("bounds the chroma", () => {
    expect(hueOf("#ff0000")?.chroma).toBe(0.14);
    expect(hueOf("#3a2f33")?.chroma ?? 0.08).toBe(0.08);
  });
  it("leaves greys and nonsense alone", () => {
    expect(hueOf("#808080")).toBeNull();
    expect(hueOf("red")).toBeNull();
    expect(hueOf(null)).toBeNull();
    expect(accentStyle(undefined)).toBe("");
  });
});
