import { thumbHashToDataURL } from "thumbhash";

import type { Image, Item } from "../api/types";

export type Shape = "tall" | "wide" | "square";

const ORDER: Record<Shape, string[]> = {
  tall: ["poster", "thumb", "backdrop"],
  wide: ["thumb", "backdrop", "banner", "poster"],
  square: ["poster", "thumb", "backdrop"],
};

/** The server's sizes. */
const WIDTHS = [120, 180, 240, 360, 480, 720, 1080, 1440, 1920, 2560];

export function choose(item: Pick<Item, "images">, shape: Shape): Image | null {
  for (const type of ORDER[shape]) {
    const image = item.images[type];
    if (image) return image;
  }
  return null;
}

export function shapeOf(item: Pick<Item, "kind">): Shape {
  if (item.kind === "episode" || item.kind === "extra") return "wide";
  return item.kind === "artist" || item.kind === "album" || item.kind === "track" ? "square" : "tall";
}

export function sized(image: Image, width: number): string {
  return `${image.url}${image.url.includes("?") ? "&" : "?"}width=${width}`;
}

/** The sizes a browser may choose from for a box of `css` pixels, up to three device pixels each. */
export function sourceSet(image: Image, css: number): string {
  const fits = WIDTHS.filter((width) => width >= css * 0.9 && width <= css * 3.2);
  const chosen = fits.length ? fits : [WIDTHS.find((width) => width >= css) ?? 2560];
  return chosen.map((width) => `${sized(image, width)} ${width}w`).join(", ");
}

const previews = new Map<string, string>();

/** A blurred preview as a data URL; remembered, because making one costs about a millisecond. */
export function preview(thumbhash: string | null): string | null {
  if (!thumbhash) return null;
  const known = previews.get(thumbhash);
  if (known !== undefined) return known || null;
  let url = "";
  try {
    url = thumbHashToDataURL(Uint8Array.from(atob(thumbhash), (char) => char.charCodeAt(0)));
  } catch {
    // A damaged hash shows the plain colour.
  }
  if (previews.size > 2000) previews.clear();
  previews.set(thumbhash, url);
  return url || null;
}
