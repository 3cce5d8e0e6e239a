/** What a viewer changes about an item, shown at once everywhere and then told to the server. */
import { say } from "../../parts/toasts.svelte";
import * as calls from "./calls";
import { words } from "./problem";
import { cache } from "./queries";
import type { Home, Item, UserState } from "./types";

const LISTS = ["items", "item", "children", "home", "search"];

type Plain = { [key: string]: unknown };

/** A copy of `value` in which every item named `id` has the changed state; the same object when there is none. */
export function patched<T>(value: T, id: string, change: Partial<UserState>): T {
  if (Array.isArray(value)) {
    let touched = false;
    const copy = value.map((entry: unknown) => {
      const next = patched(entry, id, change);
      touched ||= next !== entry;
      return next;
    });
    return touched ? (copy as T) : value;
  }
  if (typeof value !== "object" || value === null) return value;
  let copy: Plain | null = null;
  for (const [key, entry] of Object.entries(value as Plain)) {
    if (typeof entry !== "object" || entry === null || key === "images") continue;
    const next = patched(entry, id, change);
    if (next !== entry) (copy ??= { ...(value as Plain) })[key] = next;
  }
  const user = (value as Plain)["user"];
  if ((value as Plain)["id"] === id && typeof user === "object") copy = { ...(copy ?? (value as Plain)), user: { ...user, ...change } };
  return (copy as T) ?? value;
}

function patchCaches(id: string, change: Partial<UserState>): void {
  for (const list of LISTS) cache.setQueriesData({ queryKey: [list] }, (old: unknown) => patched(old, id, change));
}

/** After a correction: anything that shows items may be otherwise now. */
export function refreshItems(): void {
  refresh(...LISTS, "libraries", "facets", "letters");
}

export function refresh(...lists: string[]): void {
  for (const list of lists) void cache.invalidateQueries({ queryKey: [list] });
}

async function change(item: Item, next: Partial<UserState>, tell: () => Promise<unknown>): Promise<void> {
  patchCaches(item.id, next);
  try {
    await tell();
  } catch (error) {
    patchCaches(item.id, item.user);
    say(words(error), "problem");
  }
}

export async function setWatched(item: Item, watched: boolean): Promise<void> {
  const unwatched = item.user.unwatched === null ? null : watched ? 0 : item.user.unwatched;
  await change(item, { watched, unwatched, position_ms: 0 }, () => calls.setWatched(item.id, watched));
  refresh("home", "children", "item");
}

export async function setFavorite(item: Item, favorite: boolean): Promise<void> {
  await change(item, { favorite }, () => calls.setFavorite(item.id, favorite));
}

/** Takes an item out of Continue: its kept position is forgotten. */
export async function forget(item: Item): Promise<void> {
  cache.setQueryData(["home"], (old: Home | undefined) =>
    old ? { ...old, resume: old.resume.filter((entry) => entry.id !== item.id) } : old,
  );
  try {
    await calls.forgetProgress(item.id);
    patchCaches(item.id, { position_ms: 0 });
  } catch (error) {
    say(words(error), "problem");
  }
  refresh("home");
}
