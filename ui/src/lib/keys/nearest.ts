/** Moving the focus by arrows, as a remote control does: the nearest thing in that direction. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export type Direction = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

const gap = (aStart: number, aEnd: number, bStart: number, bEnd: number): number => Math.max(0, bStart - aEnd, aStart - bEnd);

/** The index of the best of `boxes` from `from`, or -1. Distance along the direction counts once, sideways distance three times. */
export function nearest(from: Box, boxes: readonly Box[], direction: Direction): number {
  let best = -1;
  let least = Infinity;
  for (const [index, box] of boxes.entries()) {
    let along: number;
    let aside: number;
    if (direction === "ArrowLeft" || direction === "ArrowRight") {
      along = direction === "ArrowRight" ? box.left - from.right : from.left - box.right;
      aside = gap(from.top, from.bottom, box.top, box.bottom);
    } else {
      along = direction === "ArrowDown" ? box.top - from.bottom : from.top - box.bottom;
      aside = gap(from.left, from.right, box.left, box.right) + Math.abs(box.left - from.left) / 50;
    }
    if (along < -4) continue;
    const cost = Math.max(0, along) + aside * 3;
    if (cost < least) {
      least = cost;
      best = index;
    }
  }
  return best;
}
