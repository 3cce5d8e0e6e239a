/** The keyboard's and the lock screen's media keys. */
import type { Item } from "../../lib/api/types";
import { choose, sized } from "../../lib/images/choose";

interface Keys {
  play: () => void;
  pause: () => void;
  next: () => void;
  previous: () => void;
  seek: (ms: number) => void;
  position: () => number;
}

const STEP_MS = 10_000;

export function takeKeys(keys: Keys): void {
  if (!("mediaSession" in navigator)) return;
  const on = (action: MediaSessionAction, run: MediaSessionActionHandler): void => {
    try {
      navigator.mediaSession.setActionHandler(action, run);
    } catch {
      // An action this browser does not know.
    }
  };
  on("play", keys.play);
  on("pause", keys.pause);
  on("nexttrack", keys.next);
  on("previoustrack", keys.previous);
  on("seekto", (details) => keys.seek((details.seekTime ?? 0) * 1000));
  on("seekbackward", () => keys.seek(keys.position() - STEP_MS));
  on("seekforward", () => keys.seek(keys.position() + STEP_MS));
}

export function announce(track: Item | null): void {
  if (!("mediaSession" in navigator)) return;
  const image = track ? choose(track, "square") : null;
  navigator.mediaSession.metadata = track
    ? new MediaMetadata({
        title: track.title,
        artist: track.artists.map((artist) => artist.title).join(", "),
        album: track.album?.title ?? "",
        artwork: image ? [{ src: sized(image, 480), sizes: "480x480" }] : [],
      })
    : null;
}

export function announcePosition(position_ms: number, duration_ms: number): void {
  if (!("mediaSession" in navigator) || !(duration_ms > 0)) return;
  navigator.mediaSession.setPositionState({ duration: duration_ms / 1000, position: Math.min(position_ms, duration_ms) / 1000 });
}
