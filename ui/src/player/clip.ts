/** Item and file may differ: a track can be a piece of a longer recording, a film can lie in several parts. */
import type { PlaySession } from "../lib/api/types";

type Clip = PlaySession["clip"] | undefined;

export const toFile = (item_ms: number, clip: Clip): number => Math.max(0, item_ms - (clip?.offset_ms ?? 0)) + (clip?.start_ms ?? 0);
export const toItem = (file_ms: number, clip: Clip): number => Math.max(0, file_ms - (clip?.start_ms ?? 0)) + (clip?.offset_ms ?? 0);

/** Where the item is when this file, of this length, has been played. */
export const endOf = (file_ms: number, clip: Clip): number => toItem(clip?.end_ms ?? file_ms, clip);

/** Whether the piece has been played to its end; a whole file says so itself. */
export const isOver = (file_ms: number, clip: Clip): boolean => clip?.end_ms != null && file_ms >= clip.end_ms;

/** Whether a position of the item lies in this file. */
export const holds = (item_ms: number, file_ms: number, clip: Clip): boolean => !clip || (item_ms >= clip.offset_ms && (!clip.more || item_ms < endOf(file_ms, clip)));
