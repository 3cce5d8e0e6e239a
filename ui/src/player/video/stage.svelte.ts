/** One playing of a film or an episode: the session with the server, and what the controls show. */
import * as calls from "../../lib/api/calls";
import { Problem, words } from "../../lib/api/problem";
import { refresh } from "../../lib/api/state";
import type { ItemDetail, PlaySession } from "../../lib/api/types";
import { prefs, setPref } from "../../lib/prefs/prefs.svelte";
import { abilities } from "../abilities";
import { endOf, holds, toFile, toItem } from "../clip";
import { attach, type Source, type Trouble } from "../source";

const REPORT_MS = 10_000;

export interface Opening {
  version?: string | undefined;
  start_ms?: number | undefined;
  audio?: number | undefined;
}

export class Stage {
  session = $state.raw<PlaySession | null>(null);
  problem = $state<string | null>(null);
  playing = $state(false);
  waiting = $state(true);
  ended = $state(false);
  position_ms = $state(0);
  duration_ms = $state(0);
  buffered_ms = $state(0);
  rate = $state(1);
  /** The chosen subtitle's stream index; null for none. */
  subtitle = $state<number | null>(null);

  private source: Source | null = null;
  private opening: Opening = {};
  private except: string[] = [];
  private retried = false;
  private reported = 0;
  private turn = 0;

  constructor(
    readonly video: HTMLVideoElement,
    readonly item: ItemDetail,
  ) {
    this.louden();
  }

  async open(opening: Opening): Promise<void> {
    this.turn += 1;
    const turn = this.turn;
    this.release();
    Object.assign(this, { problem: null, waiting: true, ended: false });
    this.opening = opening;
    try {
      const request = {
        client: abilities(prefs.quality, this.except),
        ...(opening.version ? { version: opening.version } : {}),
        ...(opening.audio === undefined ? {} : { audio: opening.audio }),
        ...(opening.start_ms === undefined ? {} : { start_ms: Math.round(opening.start_ms) }),
      };
      const session = await calls.play(this.item.id, request);
      if (turn !== this.turn) {
        calls.endPlay(session.session);
        return;
      }
      const start = opening.start_ms ?? session.position_ms;
      this.session = session;
      this.duration_ms = session.duration_ms;
      this.position_ms = start;
      this.buffered_ms = 0;
      this.subtitle ??= this.favourite(session);
      const source = await attach(this.video, session, toFile(start, session.clip), (trouble) => void this.failed(trouble));
      if (turn !== this.turn) {
        source.detach();
        return;
      }
      this.source = source;
      this.video.playbackRate = this.rate;
      await this.play();
    } catch (error) {
      if (turn === this.turn) Object.assign(this, { problem: words(error), waiting: false });
    }
  }

  /** Forced subtitles always; else the language that was chosen last, if there is one. */
  private favourite(session: PlaySession): number | null {
    const { subtitles } = session;
    const wished = prefs.subtitles ? subtitles.find((entry) => entry.language === prefs.subtitles && !entry.forced) : undefined;
    return (wished ?? subtitles.find((entry) => entry.forced) ?? subtitles.find((entry) => entry.default))?.index ?? null;
  }

  async play(): Promise<void> {
    try {
      await this.video.play();
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") Object.assign(this, { playing: false, waiting: false });
    }
  }

  toggle(): void {
    if (this.problem) void this.retry();
    else if (this.video.paused) void this.play();
    else this.video.pause();
  }

  seek(ms: number): void {
    const target = Math.max(0, Math.min(ms, this.duration_ms - 500));
    this.position_ms = target;
    this.ended = false;
    if (!holds(target, this.video.duration * 1000, this.session?.clip)) {
      void this.open({ ...this.opening, start_ms: target }); // it lies in another part
      return;
    }
    this.video.currentTime = toFile(target, this.session?.clip) / 1000;
    this.report();
  }

  skip(ms: number): void {
    this.seek(this.position_ms + ms);
  }

  setRate(rate: number): void {
    this.rate = rate;
    this.video.playbackRate = rate;
  }

  setVolume(volume: number): void {
    setPref("volume", Math.min(1, Math.max(0, volume)));
    setPref("muted", false);
    this.louden();
  }

  mute(): void {
    setPref("muted", !prefs.muted);
    this.louden();
  }

  private louden(): void {
    this.video.volume = prefs.volume ** 2;
    this.video.muted = prefs.muted;
  }

  setSubtitle(index: number | null): void {
    this.subtitle = index;
    setPref("subtitles", this.session?.subtitles.find((entry) => entry.index === index)?.language ?? null);
  }

  /** Another audio track or quality is another session, from right here. */
  async setAudio(index: number): Promise<void> {
    await this.open({ ...this.opening, audio: index, start_ms: this.position_ms });
  }

  async setQuality(quality: string): Promise<void> {
    setPref("quality", quality);
    await this.open({ ...this.opening, start_ms: this.position_ms });
  }

  async retry(): Promise<void> {
    this.retried = false;
    await this.open({ ...this.opening, start_ms: this.position_ms });
  }

  private async failed(trouble: Trouble): Promise<void> {
    const { session } = this;
    if (!session) return;
    if (this.retried) {
      this.video.pause();
      this.problem = trouble === "network" ? "The connection to the server was lost." : "This browser cannot play the file, and the server could not turn it into something it can.";
      this.waiting = false;
      return;
    }
    this.retried = true;
    if (trouble === "format") this.except = this.unclaimed(session);
    await this.open({ ...this.opening, start_ms: this.position_ms });
  }

  /** What the browser claimed and then could not do; the server will convert it. H.264 and AAC stay, being what it converts to. */
  private unclaimed(session: PlaySession): string[] {
    const audio = session.audio_streams.find((stream) => stream.index === session.audio)?.codec;
    const codecs = [session.video?.codec, audio].filter((codec): codec is string => Boolean(codec) && codec !== "h264" && codec !== "aac");
    const container = this.item.versions.find((version) => version.id === session.version)?.container?.split(",") ?? [];
    return [...codecs, ...(session.method === "direct" && codecs.length === 0 ? ["mp4", "matroska", ...container] : [])];
  }

  report(): void {
    if (!this.session) return;
    this.reported = performance.now();
    calls.report(this.session.session, this.position_ms, this.video.paused);
  }

  /** What the element tells of itself. */
  readonly events = {
    ontimeupdate: (): void => {
      this.position_ms = toItem(this.video.currentTime * 1000, this.session?.clip);
      if (!this.video.paused && performance.now() - this.reported > REPORT_MS) this.report();
    },
    onprogress: (): void => {
      const { buffered, currentTime } = this.video;
      for (let index = 0; index < buffered.length; index += 1) {
        if (buffered.start(index) <= currentTime + 1 && buffered.end(index) >= currentTime) this.buffered_ms = toItem(buffered.end(index) * 1000, this.session?.clip);
      }
    },
    onplaying: (): void => {
      this.retried = false;
      Object.assign(this, { playing: true, waiting: false, ended: false });
    },
    onwaiting: (): void => void (this.waiting = true),
    oncanplay: (): void => void (this.waiting = false),
    onplay: (): void => void (this.playing = true),
    onpause: (): void => {
      this.playing = false;
      this.report();
    },
    onended: (): void => {
      if (this.session?.clip?.more) {
        void this.open({ ...this.opening, start_ms: endOf(this.video.duration * 1000, this.session.clip) });
        return;
      }
      this.position_ms = this.duration_ms;
      this.report();
      Object.assign(this, { ended: true, playing: false });
    },
  };

  private release(): void {
    this.source?.detach();
    this.source = null;
    if (this.session) calls.endPlay(this.session.session);
    this.session = null;
  }

  close(): void {
    this.turn += 1;
    if (this.session) this.report();
    this.release();
    // The server has the last position a moment later.
    setTimeout(() => refresh("home", "item", "children"), 250);
  }
}

export function unplayable(error: unknown): string {
  return error instanceof Problem && error.status === 404 ? "This title is not here any more." : words(error);
}
