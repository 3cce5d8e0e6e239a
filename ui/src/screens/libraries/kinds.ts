import Clapperboard from "@lucide/svelte/icons/clapperboard";
import Music from "@lucide/svelte/icons/music";
import Tv from "@lucide/svelte/icons/tv";

import type { LibraryKind } from "../../lib/api/types";

export const KINDS = [
  { kind: "movies", label: "Films", icon: Clapperboard, note: "One film per file or folder" },
  { kind: "shows", label: "Shows", icon: Tv, note: "Series with seasons and episodes" },
  { kind: "music", label: "Music", icon: Music, note: "Artists, albums and tracks" },
] as const satisfies readonly { kind: LibraryKind; label: string; icon: unknown; note: string }[];

export const iconOf = (kind: LibraryKind) => KINDS.find((entry) => entry.kind === kind)?.icon ?? Clapperboard;

/** A first guess from a folder's name; the person decides. */
export function guessKind(path: string): LibraryKind {
  const name = path.toLowerCase();
  if (/musi|audio|album|song|flac|mp3/.test(name)) return "music";
  if (/tv|show|serie|season|anime/.test(name)) return "shows";
  return "movies";
}

/** "/srv/media/my_films" -> "My films"; the kind's own name when the folder says nothing. */
export function guessName(path: string, kind: LibraryKind): string {
  const last = path.split("/").filter(Boolean).at(-1)?.replace(/[_.-]+/g, " ").trim() ?? "";
  if (last.length < 3 || /^(media|data|mnt|srv|home)$/i.test(last)) return KINDS.find((entry) => entry.kind === kind)?.label ?? "Library";
  return last.charAt(0).toUpperCase() + last.slice(1);
}
