/** A track may be a piece of a longer recording: its times count from its beginning, the file's from the file's. */
import type { PlaySession } from "../../lib/api/types";

type Clip = PlaySession["clip"] | undefined;

export const toFile = (track_ms: number, clip: Clip): number => track_ms + (clip?.start_ms ?? 0);
export const toTrack = (file_ms: number, clip: Clip): number => Math.max(0, file_ms - (clip?.start_ms ?? 0));

/** How long the track is, of a file this long. */
export const lengthOf = (file_ms: number, clip: Clip): number => toTrack(clip?.end_ms ?? file_ms, clip);

/** Whether the piece has been played to its end; a whole file says so itself. */
export const isOver = (file_ms: number, clip: Clip): boolean => clip?.end_ms != null && file_ms >= clip.end_ms;
