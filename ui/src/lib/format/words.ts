import type { Item, ItemKind, LibraryKind, ScanCounts } from "../api/types";
import { length } from "./time";

const KINDS: Record<ItemKind, [string, string]> = {
  movie: ["Film", "Films"],
  series: ["Show", "Shows"],
  season: ["Season", "Seasons"],
  episode: ["Episode", "Episodes"],
  artist: ["Artist", "Artists"],
  album: ["Album", "Albums"],
  track: ["Track", "Tracks"],
  extra: ["Extra", "Extras"],
  collection: ["Collection", "Collections"],
  playlist: ["Playlist", "Playlists"],
};

export const kindName = (kind: ItemKind): string => KINDS[kind][0];
export const kindNames = (kind: ItemKind): string => KINDS[kind][1];
export const count = (n: number): string => n.toLocaleString("en");
export const counted = (n: number, one: string, many: string): string => `${count(n)} ${n === 1 ? one : many}`;

/** "S1 E4", "S1 E4-5"; specials are season 0. */
export function episodeCode(item: Pick<Item, "group" | "number" | "last_number">): string {
  const season = item.group === null ? "" : item.group === 0 ? "Special " : `S${item.group} `;
  if (item.number === null) return season.trim();
  const last = item.last_number && item.last_number > item.number ? `–${item.last_number}` : "";
  return `${season}E${item.number}${last}`;
}

/** The one thing a card says beside the title. */
export function second(item: Item): string {
  switch (item.kind) {
    case "episode":
      return [episodeCode(item), item.series ? item.title : ""].filter(Boolean).join(" · ");
    case "season":
      return item.child_count === null ? "" : counted(item.child_count, "episode", "episodes");
    case "album":
      return item.artists.map((artist) => artist.title).join(", ") || String(item.year ?? "");
    case "track":
      return item.artists.map((artist) => artist.title).join(", ");
    case "artist":
      return !item.child_count ? "" : counted(item.child_count, "album", "albums");
    case "extra":
      return item.duration_ms === null ? "" : length(item.duration_ms);
    default:
      return item.year === null ? "" : String(item.year);
  }
}

/** The name a card leads with: an episode is known by its series. */
export const first = (item: Item): string => (item.kind === "episode" && item.series ? item.series.title : item.title);

export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit < 2 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const LEADS: Record<LibraryKind, ItemKind[]> = {
  movies: ["movie"],
  shows: ["series", "episode"],
  music: ["album", "artist", "track"],
};

export const leadKinds = (kind: LibraryKind): ItemKind[] => LEADS[kind];

/** "2,400 films", "14 shows, 336 episodes". */
export function contents(kind: LibraryKind, counts: Record<string, number>): string {
  const parts = LEADS[kind].map((lead) => counted(counts[lead] ?? 0, kindName(lead).toLowerCase(), kindNames(lead).toLowerCase()));
  return parts.join(", ");
}

/** What a scan changed, in a few words. */
export function scanned(counts: ScanCounts): string {
  const parts: string[] = [];
  if (counts.new) parts.push(`${count(counts.new)} new`);
  if (counts.changed) parts.push(`${count(counts.changed)} changed`);
  if (counts.moved) parts.push(`${count(counts.moved)} moved`);
  if (counts.missing) parts.push(`${count(counts.missing)} missing`);
  if (counts.refused) parts.push(`${count(counts.refused)} refused`);
  return parts.join(" · ") || "nothing new";
}

const LANGUAGES = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" });

export function language(code: string | null): string | null {
  if (!code || code === "und") return null;
  try {
    return LANGUAGES.of(code) ?? code;
  } catch {
    return code;
  }
}
