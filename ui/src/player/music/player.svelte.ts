/** The music player: it outlives screens, and its queue outlives a reload. */
import { words } from "../../lib/api/problem";
import type { Item } from "../../lib/api/types";
import { prefs, setPref } from "../../lib/prefs/prefs.svelte";
import { say } from "../../parts/toasts.svelte";
import type { Trouble } from "../source";
import { Deck } from "./deck";
import { factorOf, inAlbum, volumeOf } from "./loudness";
import { announce, announcePosition, takeKeys } from "./mediakeys";
import { following, insertNext, movedTo, preceding, type Queue, type Repeat, shuffled, without } from "./queue";
import { type Kept, keepQueue, keptQueue } from "./store";

const REPORT_MS = 10_000;
const KEEP_MS = 5_000;
const READY_BEFORE_MS = 15_000;
const RESTART_AFTER_MS = 4_000;

class Music {
  tracks = $state.raw<readonly Item[]>([]);
  index = $state(-1);
  playing = $state(false);
  waiting = $state(false);
  position_ms = $state(0);
  duration_ms = $state(0);
  buffered_ms = $state(0);
  shuffle = $state(false);
  repeat = $state<Repeat>("off");
  readonly current = $derived(this.tracks[this.index] ?? null);

  private ordered: readonly Item[] | null = null;
  private deck = new Deck((deck, trouble) => void this.troubled(deck, trouble));
  private spare = new Deck((deck) => deck.unload());
  private reported = 0;
  private kept = 0;
  private retried = false;

  constructor() {
    for (const deck of [this.deck, this.spare]) this.listen(deck);
    const kept = keptQueue();
    if (kept) this.take(kept);
    takeKeys({ play: () => this.toggle(true), pause: () => this.toggle(false), next: () => this.next(), previous: () => this.previous(), seek: (ms) => this.seek(ms), position: () => this.position_ms });
    addEventListener("pagehide", () => {
      this.keep();
      this.deck.report(true);
    });
  }

  private take(kept: Kept): void {
    this.tracks = kept.tracks;
    this.index = kept.index;
    this.position_ms = kept.position_ms;
    this.duration_ms = this.current?.duration_ms ?? 0;
    this.shuffle = kept.shuffle;
    this.repeat = kept.repeat;
  }

  private listen(deck: Deck): void {
    const { element } = deck;
    const on = (name: string, run: () => void): void =>
      element.addEventListener(name, () => {
        if (deck === this.deck && deck.track) run();
      });
    on("timeupdate", () => this.ticked());
    on("durationchange", () => {
      if (Number.isFinite(element.duration)) this.duration_ms = deck.duration_ms;
    });
    on("progress", () => {
      this.buffered_ms = deck.buffered_ms;
    });
    on("playing", () => Object.assign(this, { playing: true, waiting: false }));
    on("waiting", () => (this.waiting = true));
    on("pause", () => {
      if (!element.ended) this.playing = false;
    });
    on("ended", () => void this.ended());
  }

  private ticked(): void {
    if (this.deck.over && this.playing) {
      this.deck.element.pause();
      this.playing = true; // a pause between two pieces is none to a listener
      void this.ended();
      return;
    }
    this.position_ms = this.deck.position_ms;
    const now = performance.now();
    if (this.playing && now - this.reported > REPORT_MS) {
      this.reported = now;
      this.deck.report(false);
    }
    if (now - this.kept > KEEP_MS) this.keep();
    const next = following(this.tracks.length, this.index, this.repeat);
    const coming = next === null ? undefined : this.tracks[next];
    if (coming && next !== this.index && this.spare.track !== coming.id && this.duration_ms - this.position_ms < READY_BEFORE_MS) {
      this.spare.load(coming.id, 0).catch(() => this.spare.unload());
    }
    announcePosition(this.position_ms, this.duration_ms);
  }

  async start(tracks: readonly Item[], index: number, options: { shuffle?: boolean } = {}): Promise<void> {
    if (!tracks.length) return;
    const mix = options.shuffle ?? false;
    this.ordered = mix ? tracks : null;
    this.shuffle = mix;
    this.tracks = mix ? shuffled(tracks, Math.floor(Math.random() * tracks.length)) : tracks;
    await this.jump(mix ? 0 : index);
  }

  async jump(index: number, start_ms = 0): Promise<void> {
    const track = this.tracks[index];
    if (!track) return;
    this.index = index;
    this.position_ms = start_ms;
    this.duration_ms = track.duration_ms ?? 0;
    this.buffered_ms = 0;
    this.playing = true;
    this.retried = false;
    this.keep();
    announce(track);
    if (this.spare.track === track.id && this.spare.session && start_ms === 0) {
      [this.deck, this.spare] = [this.spare, this.deck];
      this.spare.unload();
      this.waiting = false;
    } else {
      this.waiting = true;
      try {
        await this.deck.load(track.id, start_ms);
      } catch (error) {
        this.stopWith(words(error));
        return;
      }
    }
    this.louden();
    await this.begin();
  }

  private async begin(): Promise<void> {
    try {
      await this.deck.element.play();
      this.reported = performance.now();
    } catch (error) {
      // Browsers start no sound before a first click; the button stays at "play".
      if (error instanceof DOMException && error.name === "NotAllowedError") this.playing = this.waiting = false;
    }
  }

  toggle(play: boolean = !this.playing): void {
    if (!this.current) return;
    if (!play) {
      this.playing = false;
      this.deck.element.pause();
      this.deck.report(true);
      this.keep();
    } else if (this.deck.track === this.current.id && this.deck.session) {
      this.playing = true;
      void this.begin();
    } else {
      void this.jump(this.index, this.position_ms);
    }
  }

  next(): void {
    const next = following(this.tracks.length, this.index, this.repeat, true);
    if (next !== null) void this.jump(next);
  }

  previous(): void {
    const before = preceding(this.tracks.length, this.index, this.repeat);
    if (this.position_ms > RESTART_AFTER_MS || before === null) this.seek(0);
    else void this.jump(before);
  }

  seek(ms: number): void {
    this.position_ms = Math.max(0, Math.min(ms, this.duration_ms));
    if (!this.deck.session) return;
    this.deck.seek(this.position_ms);
    this.deck.report(!this.playing);
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

  setEven(on: boolean): void {
    setPref("even", on);
    this.louden();
  }

  setShuffle(on: boolean): void {
    const track = this.current;
    this.shuffle = on;
    if (on) {
      this.ordered = this.tracks;
      this.set({ tracks: shuffled(this.tracks, this.index), index: 0 });
    } else if (this.ordered && track) {
      this.set({ tracks: this.ordered, index: Math.max(0, this.ordered.findIndex((entry) => entry.id === track.id)) });
      this.ordered = null;
    }
  }

  cycleRepeat(): void {
    this.repeat = this.repeat === "off" ? "all" : this.repeat === "all" ? "one" : "off";
    this.keep();
  }

  playNext(added: readonly Item[]): void {
    const idle = !this.current;
    this.set(insertNext(this.queue, added));
    if (idle) void this.jump(0);
  }

  append(added: readonly Item[]): void {
    if (!this.current) void this.start(added, 0);
    else this.set({ tracks: [...this.tracks, ...added], index: this.index });
  }

  remove(at: number): void {
    const here = at === this.index;
    this.set(without(this.queue, at));
    if (!this.current) this.stop();
    else if (here) void this.jump(this.index);
  }

  move(from: number, to: number): void {
    this.set(movedTo(this.queue, from, to));
  }

  stop(): void {
    this.deck.unload();
    this.spare.unload();
    this.playing = this.waiting = false;
    this.set({ tracks: [], index: -1 });
    announce(null);
  }

  private get queue(): Queue<Item> {
    return { tracks: this.tracks, index: this.index };
  }

  private set(queue: Queue<Item>): void {
    this.tracks = queue.tracks;
    this.index = queue.index;
    this.keep();
  }

  private louden(): void {
    const album = inAlbum(this.tracks, this.index);
    for (const deck of [this.deck, this.spare]) {
      deck.element.volume = volumeOf(prefs.volume, prefs.even ? factorOf(deck.session?.loudness, album) : 1);
      deck.element.muted = prefs.muted;
    }
  }

  private async ended(): Promise<void> {
    this.deck.report(true);
    const next = following(this.tracks.length, this.index, this.repeat);
    if (next !== null) {
      await this.jump(next);
      return;
    }
    this.playing = false;
    this.position_ms = 0;
    this.deck.unload();
    this.keep();
  }

  private async troubled(deck: Deck, trouble: Trouble): Promise<void> {
    if (deck !== this.deck || !this.current) return;
    const at = this.position_ms;
    if (this.retried) {
      this.stopWith(trouble === "format" ? `${this.current.title} cannot be played by this browser.` : "The connection to the server was lost.");
      return;
    }
    this.retried = true;
    // What the browser claimed and could not do is not claimed again: the server then transcodes.
    const codec = deck.session?.audio_streams.find((stream) => stream.index === deck.session?.audio)?.codec;
    try {
      await deck.load(this.current.id, at, trouble === "format" && codec ? [codec] : []);
      if (this.playing) await this.begin();
    } catch (error) {
      this.stopWith(words(error));
    }
  }

  private stopWith(text: string): void {
    this.playing = this.waiting = false;
    say(text, "problem");
  }

  private keep(): void {
    this.kept = performance.now();
    keepQueue({ tracks: this.tracks, index: this.index, position_ms: this.position_ms, shuffle: this.shuffle, repeat: this.repeat });
  }
}

export const music = new Music();
