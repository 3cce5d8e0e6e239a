/** The fields that the edit sheet shows, and their way from text and back. */
import type { ItemDetail, ItemKind, ItemPatch } from "../../lib/api/types";

export interface Field {
  name: Exclude<keyof ItemPatch, "locked" | "credits" | "provider_ids" | "parent_id" | "sort_title">;
  /** The name of its lock. */
  lock: string;
  label: string;
  note?: string;
  wide?: boolean;
  long?: boolean;
  number?: boolean;
  date?: boolean;
  list?: boolean;
  /** One on each line: names may have commas in them. */
  lines?: boolean;
}

const TITLE: Field = { name: "title", lock: "title", label: "Title", wide: true };
const YEAR: Field = { name: "year", lock: "year", label: "Year", number: true };
const GENRES: Field = { name: "genres", lock: "genres", label: "Genres", list: true, note: "With commas between them" };
const NUMBER: Field = { name: "number", lock: "number", label: "Number", number: true };
const OVERVIEW: Field = { name: "overview", lock: "overview", label: "Overview", wide: true, long: true };
const RELEASED: Field = { name: "released", lock: "released", label: "Released", date: true };
const ARTISTS: Field = { name: "artists", lock: "artists", label: "Artists", wide: true, lines: true, note: "One on each line" };
const ABOUT: Field[] = [
  { name: "original_title", lock: "original_title", label: "Original title" },
  YEAR,
  RELEASED,
  { name: "content_rating", lock: "content_rating", label: "Age rating" },
  { name: "rating", lock: "rating", label: "Rating", number: true, note: "Out of 10" },
  GENRES,
  { name: "studios", lock: "studios", label: "Studios", list: true },
  { name: "tagline", lock: "tagline", label: "Tagline", wide: true },
  OVERVIEW,
];
const EPISODE: Field[] = [{ name: "group", lock: "group_number", label: "Season", number: true, note: "0 holds the specials" }, NUMBER, RELEASED, OVERVIEW];

export function fieldsOf(kind: ItemKind): Field[] {
  if (kind === "episode") return [TITLE, ...EPISODE];
  if (kind === "movie" || kind === "series") return [TITLE, ...ABOUT];
  if (kind === "album") return [TITLE, ARTISTS, YEAR, GENRES, OVERVIEW];
  if (kind === "track") return [TITLE, ARTISTS];
  if (kind === "season") return [TITLE, OVERVIEW];
  return [TITLE, ...(kind === "artist" ? [GENRES, OVERVIEW] : [])];
}

export function textOf(item: ItemDetail, field: Field): string {
  if (field.name === "artists") return item.artists.map((artist) => artist.title).join("\n");
  const value = item[field.name];
  return Array.isArray(value) ? value.join(", ") : value === null || value === undefined ? "" : String(value);
}

/** What differs, as the server takes it: an empty field is null, a list is cut at its commas. */
export function changed(fields: readonly Field[], before: Record<string, string>, now: Record<string, string>): ItemPatch {
  const patch: Record<string, unknown> = {};
  for (const field of fields) {
    const text = (now[field.name] ?? "").trim();
    if (text === (before[field.name] ?? "")) continue;
    if (field.lines) patch[field.name] = text.split("\n").map((line) => line.trim()).filter(Boolean);
    else if (field.list) patch[field.name] = text.split(",").map((word) => word.trim()).filter(Boolean);
    else if (field.number) patch[field.name] = text === "" ? null : Number(text.replace(",", "."));
    else patch[field.name] = text === "" ? null : text;
  }
  return patch as ItemPatch;
}

export interface PersonRow {
  name: string;
  role: "actor" | "director" | "writer";
  character: string;
}

export const peopleOf = (item: ItemDetail): PersonRow[] =>
  item.credits.map((credit) => ({ name: credit.name, role: credit.role === "director" || credit.role === "writer" ? credit.role : "actor", character: credit.character ?? "" }));

/** People as the server takes them: rows without a name are none, only actors play somebody. */
export const named = (rows: readonly PersonRow[]): NonNullable<ItemPatch["credits"]> =>
  rows
    .filter((row) => row.name.trim())
    .map((row) => ({ name: row.name.trim(), role: row.role, character: (row.role === "actor" && row.character.trim()) || null }));
