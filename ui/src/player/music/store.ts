/** The queue of this tab, kept in session storage: it survives a reload and ends with the tab. */
import type { Item } from "../../lib/api/types";
import type { Repeat } from "./queue";

export interface Kept {
  tracks: readonly Item[];
  index: number;
  position_ms: number;
  shuffle: boolean;
  repeat: Repeat;
}

const STORE = "hearth.queue";
const MOST = 1000;

export function keepQueue(kept: Kept): void {
  try {
    if (kept.index < 0) sessionStorage.removeItem(STORE);
    else {
      const from = Math.max(0, Math.min(kept.index - MOST / 2, kept.tracks.length - MOST));
      sessionStorage.setItem(STORE, JSON.stringify({ ...kept, tracks: kept.tracks.slice(from, from + MOST), index: kept.index - from }));
    }
  } catch {
    // A full store costs the queue after a reload, nothing now.
  }
}

export function keptQueue(): Kept | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(STORE) ?? "null") as Kept | null;
    return kept && Array.isArray(kept.tracks) && kept.tracks[kept.index] ? kept : null;
  } catch {
    return null;
  }
}
