/** One audio element with the play session it serves. The player has two: one plays, one holds what comes next. */
import * as calls from "../../lib/api/calls";
import type { PlaySession } from "../../lib/api/types";
import { abilities } from "../abilities";
import { endOf, isOver, toFile, toItem } from "../clip";
import { attach, type Source, type Trouble } from "../source";

export class Deck {
  readonly element = new Audio();
  session: PlaySession | null = null;
  track: string | null = null;
  private source: Source | null = null;
  private turn = 0;

  constructor(private readonly failed: (deck: Deck, trouble: Trouble) => void) {
    this.element.preload = "auto";
  }

  get position_ms(): number {
    return toItem(this.element.currentTime * 1000, this.session?.clip);
  }
  get duration_ms(): number {
    return endOf(this.element.duration * 1000, this.session?.clip);
  }
  get buffered_ms(): number {
    const { buffered } = this.element;
    return buffered.length ? Math.min(this.duration_ms, toItem(buffered.end(buffered.length - 1) * 1000, this.session?.clip)) : 0;
  }
  get over(): boolean {
    return isOver(this.element.currentTime * 1000, this.session?.clip);
  }

  seek(ms: number): void {
    this.element.currentTime = toFile(ms, this.session?.clip) / 1000;
  }

  async load(track: string, start_ms: number, except: readonly string[] = []): Promise<void> {
    this.unload();
    const turn = this.turn;
    this.track = track;
    const session = await calls.play(track, { client: abilities("original", except), start_ms: Math.round(start_ms) });
    if (turn !== this.turn) {
      calls.endPlay(session.session);
      return;
    }
    this.session = session;
    const source = await attach(this.element, session, toFile(start_ms, session.clip), (trouble) => this.failed(this, trouble));
    if (turn === this.turn) this.source = source;
    else source.detach();
  }

  report(paused: boolean): void {
    if (this.session) calls.report(this.session.session, this.position_ms, paused);
  }

  unload(): void {
    this.turn += 1;
    if (this.session) calls.endPlay(this.session.session);
    this.element.pause();
    this.source?.detach();
    this.source = null;
    this.session = null;
    this.track = null;
  }
}
