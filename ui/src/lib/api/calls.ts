/** Every request the interface makes, by name. Screens never spell a route themselves. */
import { ask, client, csrf } from "./client";
import type { HandListPatch, Identify, Item, ItemKind, ItemPatch, LibraryKind, NewHandList, PlayRequest, Split } from "./types";

export const server = () => ask(client.GET("/api/v1/server"));
export const me = () => ask(client.GET("/api/v1/me"));
export const home = () => ask(client.GET("/api/v1/home"));

export const setUp = (username: string, password: string) =>
  ask(client.POST("/api/v1/setup", { body: { username, password, device: device(), cookie: true } }));
export const signIn = (username: string, password: string) =>
  ask(client.POST("/api/v1/auth/login", { body: { username, password, device: device(), cookie: true } }));
export const signOut = () => ask(client.POST("/api/v1/auth/logout"));

export const libraries = () => ask(client.GET("/api/v1/libraries"));
export const library = (id: string) => ask(client.GET("/api/v1/libraries/{library_id}", { params: { path: { library_id: id } } }));
export const addLibrary = (name: string, kind: LibraryKind, paths: string[]) =>
  ask(client.POST("/api/v1/libraries", { body: { name, kind, paths } }));
export const changeLibrary = (id: string, change: { name?: string; paths?: string[] }) =>
  ask(client.PATCH("/api/v1/libraries/{library_id}", { params: { path: { library_id: id } }, body: change }));
export const removeLibrary = (id: string) =>
  ask(client.DELETE("/api/v1/libraries/{library_id}", { params: { path: { library_id: id } } }));
/** `accept_missing` tells the server that files which are gone are meant to be gone, however many. */
export const startScan = (id: string, accept_missing = false) =>
  ask(client.POST("/api/v1/libraries/{library_id}/scan", { params: { path: { library_id: id } }, body: { accept_missing } }));
export const scans = (id: string) =>
  ask(client.GET("/api/v1/libraries/{library_id}/scans", { params: { path: { library_id: id }, query: { limit: 20 } } }));
export const scan = (id: string) => ask(client.GET("/api/v1/scans/{scan_id}", { params: { path: { scan_id: id } } }));
export const cancelScan = (id: string) => ask(client.DELETE("/api/v1/scans/{scan_id}", { params: { path: { scan_id: id } } }));
/** A scan of one folder of a library and what lies below it. */
export const scanFolder = (id: string, folder: string) =>
  ask(client.POST("/api/v1/libraries/{library_id}/scan", { params: { path: { library_id: id } }, body: { accept_missing: false, folder } }));
export const problems = (ignored: boolean) => ask(client.GET("/api/v1/problems", { params: { query: { ignored, limit: 500 } } }));
export const duplicates = () => ask(client.GET("/api/v1/duplicates", { params: { query: { limit: 200 } } }));
export const retryProblem = (id: string) => ask(client.POST("/api/v1/problems/{file_id}/retry", { params: { path: { file_id: id } } }));
export const ignoreProblem = (id: string, ignored: boolean) =>
  ask(client.PUT("/api/v1/problems/{file_id}/ignored", { params: { path: { file_id: id } }, body: { ignored } }));
export const folders = (path?: string) => ask(client.GET("/api/v1/filesystem", { params: { query: path ? { path } : {} } }));

export interface ItemFilter {
  kind?: ItemKind;
  library?: string;
  /** Words that it is found by. */
  q?: string;
  /** Credited on it, be it their own or another's album. */
  artist?: string;
  genre?: string;
  year?: number;
  watched?: boolean;
  favorite?: boolean;
  studio?: string;
  film_series?: string;
  sort?: string;
}

export const items = (filter: ItemFilter, at: number, limit: number, signal?: AbortSignal) =>
  ask(client.GET("/api/v1/items", { params: { query: { ...filter, kind: filter.kind ? [filter.kind] : undefined, at, limit } }, signal }));
export const item = (id: string) => ask(client.GET("/api/v1/items/{item_id}", { params: { path: { item_id: id } } }));

export const changeItem = (id: string, change: ItemPatch) =>
  ask(client.PATCH("/api/v1/items/{item_id}", { params: { path: { item_id: id } }, body: change }));
/** What an item may be instead. */
export const candidates = (id: string) => ask(client.GET("/api/v1/items/{item_id}/candidates", { params: { path: { item_id: id } } }));
export const identifyItem = (id: string, said: Identify) =>
  ask(client.POST("/api/v1/items/{item_id}/identify", { params: { path: { item_id: id } }, body: said }));
export const mergeItem = (id: string, into: string) =>
  ask(client.POST("/api/v1/items/{item_id}/merge", { params: { path: { item_id: id } }, body: { into } }));
export const splitItem = (id: string, split: Split) =>
  ask(client.POST("/api/v1/items/{item_id}/split", { params: { path: { item_id: id } }, body: split }));

const PAGE = 200;

/** All children of an item, page after page: a season or an album is short, a daily show is not. */
export async function children(id: string): Promise<Item[]> {
  const found: Item[] = [];
  for (;;) {
    const query = { at: found.length, limit: PAGE };
    const page = await ask(client.GET("/api/v1/items/{item_id}/children", { params: { path: { item_id: id }, query } }));
    found.push(...page.items);
    if (page.items.length === 0 || found.length >= page.total) return found;
  }
}

export const person = (id: string) => ask(client.GET("/api/v1/people/{person_id}", { params: { path: { person_id: id } } }));
export const collections = () => ask(client.GET("/api/v1/collections"));
export const filmSeries = () => ask(client.GET("/api/v1/film-series"));
export const playlists = () => ask(client.GET("/api/v1/playlists"));
const FIRST = { limit: 500 };
export const collection = (id: string) => ask(client.GET("/api/v1/collections/{list_id}", { params: { path: { list_id: id } } }));
export const collectionEntries = (id: string) =>
  ask(client.GET("/api/v1/collections/{list_id}/entries", { params: { path: { list_id: id }, query: FIRST } }));
export const playlist = (id: string) => ask(client.GET("/api/v1/playlists/{list_id}", { params: { path: { list_id: id } } }));
export const playlistEntries = (id: string) =>
  ask(client.GET("/api/v1/playlists/{list_id}/entries", { params: { path: { list_id: id }, query: FIRST } }));

type Lists = "collections" | "playlists";
export const makeList = (what: Lists, made: NewHandList) =>
  ask(what === "playlists" ? client.POST("/api/v1/playlists", { body: made }) : client.POST("/api/v1/collections", { body: made }));
export function changeList(what: Lists, id: string, change: HandListPatch) {
  const given = { params: { path: { list_id: id } }, body: change };
  return ask(what === "playlists" ? client.PATCH("/api/v1/playlists/{list_id}", given) : client.PATCH("/api/v1/collections/{list_id}", given));
}
export function deleteList(what: Lists, id: string) {
  const given = { params: { path: { list_id: id } } };
  return ask(what === "playlists" ? client.DELETE("/api/v1/playlists/{list_id}", given) : client.DELETE("/api/v1/collections/{list_id}", given));
}
/** What there is of these kinds to narrow by. */
export const facets = (kind: ItemKind[]) => ask(client.GET("/api/v1/facets", { params: { query: { kind } } }));

export const search = (q: string, signal?: AbortSignal) => ask(client.GET("/api/v1/search", { params: { query: { q } }, signal }));

export function setWatched(id: string, watched: boolean) {
  const params = { path: { item_id: id } };
  return watched
    ? ask(client.PUT("/api/v1/items/{item_id}/watched", { params }))
    : ask(client.DELETE("/api/v1/items/{item_id}/watched", { params }));
}
export function setFavorite(id: string, favorite: boolean) {
  const params = { path: { item_id: id } };
  return favorite
    ? ask(client.PUT("/api/v1/items/{item_id}/favorite", { params }))
    : ask(client.DELETE("/api/v1/items/{item_id}/favorite", { params }));
}
export const setRating = (id: string, rating: number | null) =>
  ask(client.PUT("/api/v1/items/{item_id}/rating", { params: { path: { item_id: id } }, body: { rating } }));
export const forgetProgress = (id: string) =>
  ask(client.DELETE("/api/v1/items/{item_id}/progress", { params: { path: { item_id: id } } }));

export const play = (id: string, request: PlayRequest) =>
  ask(client.POST("/api/v1/items/{item_id}/play", { params: { path: { item_id: id } }, body: request }));

/** Reports and the end of a play outlive the page (`keepalive`): closing a tab keeps the position. */
export function report(session: string, position_ms: number, paused: boolean): void {
  write("PUT", session, { position_ms: Math.max(0, Math.round(position_ms)), paused });
}
export function endPlay(session: string): void {
  write("DELETE", session);
}

const written = new Map<string, Promise<unknown>>();
let closing = false;
addEventListener("pagehide", () => (closing = true), { capture: true });
addEventListener("pageshow", () => (closing = false));

/** One after the other: a play that was ended first would not hear how far it came, and what was heard to its end would
 * not count. Only a page that closes sends all at once, for it may not be there to send the second. */
function write(method: "PUT" | "DELETE", session: string, body?: object): void {
  const headers: Record<string, string> = { ...csrf() };
  if (body) headers["Content-Type"] = "application/json";
  const send = () =>
    fetch(`/api/v1/play/${encodeURIComponent(session)}`, {
      method,
      headers,
      keepalive: true,
      credentials: "same-origin",
      body: body ? JSON.stringify(body) : null,
    }).catch(() => {}); // A lost report is made good by the next one.
  const before = closing ? undefined : written.get(session);
  const sent = before ? before.then(send) : send();
  written.set(session, sent);
  void sent.then(() => {
    if (written.get(session) === sent) written.delete(session);
  });
}

/** What a session of this browser is called. */
export function device(): string {
  const agent = navigator.userAgent;
  const browser = /Edg\//.test(agent) ? "Edge" : /Firefox\//.test(agent) ? "Firefox" : /Chrome\//.test(agent) ? "Chrome" : "Safari";
  const system = /Android/.test(agent) ? "Android" : /iPhone|iPad/.test(agent) ? "iOS" : /Mac OS/.test(agent) ? "macOS" : /Windows/.test(agent) ? "Windows" : "Linux";
  return `${browser} on ${system}`;
}
