/** The hue that artwork lends to a page. Only hue and a bounded chroma are taken: lightness belongs to the theme. */
export interface Hue {
  chroma: number;
  hue: number;
}

const linear = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

/** #rrggbb as OKLCH chroma and hue (Björn Ottosson's matrices); null for greys and for what is no colour. */
export function hueOf(hex: string | null | undefined): Hue | null {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex ?? "");
  if (!found) return null;
  const [r, g, b] = found.slice(1).map((part) => linear(parseInt(part, 16) / 255)) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  const chroma = Math.hypot(a, bb);
  if (chroma < 0.02) return null;
  return { chroma: Math.min(0.14, Math.max(0.08, chroma)), hue: ((Math.atan2(bb, a) * 180) / Math.PI + 360) % 360 };
}

/** As custom properties for an element of class `art-accent`. */
export function accentStyle(hex: string | null | undefined): string {
  const hue = hueOf(hex);
  return hue ? `--accent-c:${hue.chroma.toFixed(3)};--accent-h:${hue.hue.toFixed(1)}` : "";
}
