/** The queue of tracks, as pure functions: what plays next, and what a change does to the place in it. */
export type Repeat = "off" | "all" | "one";

export interface Queue<T> {
  tracks: readonly T[];
  /** The place of the track at hand; -1 for an empty queue. */
  index: number;
}

/** The index after this track, or null at the end. `asked` is a person's press on Next: repeating one track does not hold it back. */
export function following(length: number, index: number, repeat: Repeat, asked = false): number | null {
  if (length === 0) return null;
  if (repeat === "one" && !asked) return index;
  if (index + 1 < length) return index + 1;
  return repeat === "off" ? null : 0;
}

export function preceding(length: number, index: number, repeat: Repeat): number | null {
  if (length === 0) return null;
  if (index > 0) return index - 1;
  return repeat === "all" ? length - 1 : null;
}

/** All tracks in random order, with the one at `first` leading (Fisher and Yates). */
export function shuffled<T>(tracks: readonly T[], first: number, random: () => number = Math.random): T[] {
  const rest = tracks.filter((_, index) => index !== first);
  for (let index = rest.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [rest[index], rest[other]] = [rest[other]!, rest[index]!];
  }
  const lead = tracks[first];
  return lead === undefined ? rest : [lead, ...rest];
}

export function insertNext<T>(queue: Queue<T>, added: readonly T[]): Queue<T> {
  const tracks = [...queue.tracks];
  tracks.splice(queue.index + 1, 0, ...added);
  return { tracks, index: Math.max(0, queue.index) };
}

/** Without the track at `at`. When that is the one at hand, the next one takes its place. */
export function without<T>(queue: Queue<T>, at: number): Queue<T> {
  const tracks = queue.tracks.filter((_, index) => index !== at);
  const index = at < queue.index ? queue.index - 1 : Math.min(queue.index, tracks.length - 1);
  return { tracks, index };
}

export function movedTo<T>(queue: Queue<T>, from: number, to: number): Queue<T> {
  if (to < 0 || to >= queue.tracks.length || from === to) return queue;
  const tracks = [...queue.tracks];
  const [track] = tracks.splice(from, 1);
  if (track === undefined) return queue;
  tracks.splice(to, 0, track);
  let index = queue.index;
  if (from === index) index = to;
  else if (from < index && to >= index) index -= 1;
  else if (from > index && to <= index) index += 1;
  return { tracks, index };
}
