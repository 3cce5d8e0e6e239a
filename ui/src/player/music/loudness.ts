/** Evening out: tracks are turned up or down to one loudness, by the album's gain while an album plays in a row. */
import type { Item, PlaySession } from "../../lib/api/types";

type Loudness = PlaySession["loudness"] | undefined;

/** Whether a track is heard among its album: then the album's own louder and quieter tracks stay so. */
export function inAlbum(tracks: readonly Item[], index: number): boolean {
  const album = tracks[index]?.album?.id;
  return album !== undefined && [tracks[index - 1], tracks[index + 1]].some((beside) => beside?.album?.id === album);
}

/** What to multiply the sound by: never so much that its peak would clip. 1 when nothing is known. */
export function factorOf(loudness: Loudness, album: boolean): number {
  const byAlbum = album && loudness?.album_gain != null;
  const gain = (byAlbum ? loudness?.album_gain : (loudness?.track_gain ?? loudness?.album_gain)) ?? 0;
  const peak = (byAlbum ? loudness?.album_peak : (loudness?.track_peak ?? loudness?.album_peak)) ?? 0;
  const factor = 10 ** (gain / 20);
  return peak > 0 ? Math.min(factor, 1 / peak) : factor;
}

/** An element's volume: ears hear loudness by ratio, so the slider is squared. No element goes beyond 1. */
export const volumeOf = (slider: number, factor: number): number => Math.min(1, slider ** 2 * factor);
