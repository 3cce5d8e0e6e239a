import type { ItemKind, Library, LibraryKind, Rule } from "../../lib/api/types";

/** A rule as a form holds it: text for every field, empty for what it says nothing of. */
export interface Drafted {
  kinds: ItemKind[];
  library: string;
  genre: string;
  year: string;
  person: string;
  studio: string;
  resolution: string;
  hdr: string;
  audio: string;
  film_series: string;
  watched: string;
  favorite: string;
  q: string;
  sort: string;
}

/** What a rule may be about, in the order of the form. */
export const RULE_KINDS = ["movie", "series", "episode", "artist", "album", "track"] as const satisfies readonly ItemKind[];
const HOLDS: Record<LibraryKind, readonly ItemKind[]> = { movies: ["movie"], shows: ["series", "episode"], music: ["artist", "album", "track"] };

export const RULE_SORTS = [
  { value: "", label: "By title" },
  { value: "-added_at", label: "Newly added" },
  { value: "-released", label: "Newest first" },
  { value: "released", label: "Oldest first" },
  { value: "-rating", label: "Best rated" },
  { value: "-last_played", label: "Played last" },
  { value: "play_count", label: "Played least" },
  { value: "random", label: "At random" },
] as const;

const WORDS = ["library", "genre", "person", "studio", "resolution", "hdr", "audio", "film_series", "q", "sort"] as const;
const CHOICES = ["watched", "favorite"] as const;

export function drafted(rule: Rule | null): Drafted {
  const text = (value: unknown): string => (value === null || value === undefined ? "" : String(value));
  const words = Object.fromEntries([...WORDS, ...CHOICES, "year" as const].map((name) => [name, text(rule?.[name])]));
  return { ...(words as Omit<Drafted, "kinds">), kinds: [...(rule?.kinds ?? ["movie"])] };
}

/** The rule that a form says; an Error in words for people when it says too little or what cannot be. */
export function rule(draft: Drafted): Rule {
  if (!draft.kinds.length) throw new Error("Choose what the list is about: films, shows, songs…");
  const year = draft.year.trim();
  if (year && !/^\d{4}$/.test(year)) throw new Error("A year has four digits.");
  const made: Rule = { kinds: [...draft.kinds] };
  for (const name of WORDS) if (draft[name].trim()) made[name] = draft[name].trim();
  for (const name of CHOICES) if (draft[name]) made[name] = draft[name] === "true";
  if (year) made.year = Number(year);
  return made;
}

/** The libraries that can hold something of these kinds. */
export const fitting = (libraries: readonly Library[], kinds: readonly ItemKind[]): Library[] =>
  libraries.filter((library) => HOLDS[library.kind].some((kind) => kinds.includes(kind)));
