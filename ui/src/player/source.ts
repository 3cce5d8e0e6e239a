/** Gives a media element what a play session offers: the file itself, or HLS through hls.js (loaded only then). */
import type Hls from "hls.js";

import type { PlaySession } from "../lib/api/types";

export interface Source {
  detach: () => void;
}

/** Why playing stopped: `format` means that the browser cannot decode this, so another form may work. */
export type Trouble = "network" | "format";

const isHls = (session: PlaySession): boolean => /mpegurl/i.test(session.mime_type);

export async function attach(element: HTMLMediaElement, session: PlaySession, start_ms: number, fail: (trouble: Trouble) => void): Promise<Source> {
  const errors = new AbortController();
  element.addEventListener(
    "error",
    () => {
      const code = element.error?.code;
      if (code === MediaError.MEDIA_ERR_ABORTED) return;
      fail(code === MediaError.MEDIA_ERR_NETWORK ? "network" : "format");
    },
    { signal: errors.signal },
  );
  const seek = (): void => {
    if (start_ms > 0) element.currentTime = start_ms / 1000;
  };
  let hls: Hls | null = null;
  if (isHls(session)) hls = await throughHls(element, session.url, start_ms, fail);
  if (!hls) {
    element.addEventListener("loadedmetadata", seek, { once: true, signal: errors.signal });
    element.src = session.url;
  }
  return {
    detach() {
      errors.abort();
      hls?.destroy();
      element.removeAttribute("src");
      element.load();
    },
  };
}

/** Null when the browser has no media source and must play HLS by itself (iPhones). */
async function throughHls(element: HTMLMediaElement, url: string, start_ms: number, fail: (trouble: Trouble) => void): Promise<Hls | null> {
  const { default: Library } = await import("hls.js/light");
  if (!Library.isSupported()) return null;
  const hls = new Library({
    startPosition: start_ms / 1000,
    maxBufferLength: 30,
    backBufferLength: 60,
    // The first segment of a transcode waits for the encoder.
    fragLoadPolicy: {
      default: {
        maxTimeToFirstByteMs: 30_000,
        maxLoadTimeMs: 120_000,
        timeoutRetry: { maxNumRetry: 3, retryDelayMs: 500, maxRetryDelayMs: 4000 },
        errorRetry: { maxNumRetry: 5, retryDelayMs: 500, maxRetryDelayMs: 8000 },
      },
    },
  });
  const { BUFFER_APPEND_ERROR, BUFFER_APPENDING_ERROR, BUFFER_STALLED_ERROR, FRAG_PARSING_ERROR } = Library.ErrorDetails;
  const MENDABLE = new Set<string>([BUFFER_APPEND_ERROR, BUFFER_APPENDING_ERROR, BUFFER_STALLED_ERROR, FRAG_PARSING_ERROR]);
  let mended = false;
  hls.on(Library.Events.ERROR, (_, data) => {
    if (!data.fatal) return;
    if (MENDABLE.has(data.details) && !mended) {
      mended = true;
      hls.recoverMediaError();
      return;
    }
    fail(data.type === Library.ErrorTypes.NETWORK_ERROR ? "network" : "format");
  });
  hls.loadSource(url);
  hls.attachMedia(element);
  return hls;
}
