import { keepPreviousData, QueryClient } from "@tanstack/svelte-query";

import * as calls from "./calls";
import { Problem } from "./problem";
import type { ItemKind } from "./types";

export const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 30 * 60_000, // Back restores a screen at once, even after a film
      refetchOnWindowFocus: false,
      networkMode: "always", // a server at home is reachable without the internet
      // Not only what a screen has read so far: of two answers that it waits for, the second may come first.
      notifyOnChangeProps: "all",
      retry: (count, error) => count < 2 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
    },
    mutations: { networkMode: "always" },
  },
});

export const PAGE = 60;

export const server = () => ({ queryKey: ["server"] as const, queryFn: calls.server });
export const me = () => ({
  queryKey: ["me"] as const,
  queryFn: () =>
    calls.me().catch((error: unknown) => {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }),
});
export const home = () => ({ queryKey: ["home"] as const, queryFn: calls.home });
export const libraries = () => ({ queryKey: ["libraries"] as const, queryFn: calls.libraries });
export const scans = (library: string) => ({ queryKey: ["scans", library] as const, queryFn: () => calls.scans(library) });
export const scan = (id: string) => ({ queryKey: ["scan", id] as const, queryFn: () => calls.scan(id) });
export const problems = (ignored: boolean) => ({ queryKey: ["problems", ignored] as const, queryFn: () => calls.problems(ignored), staleTime: 0 });
export const duplicates = () => ({ queryKey: ["duplicates"] as const, queryFn: calls.duplicates, staleTime: 0 });
export const candidates = (id: string) => ({ queryKey: ["candidates", id] as const, queryFn: () => calls.candidates(id), staleTime: 0 });
export const folders = (path: string | undefined) => ({
  queryKey: ["folders", path ?? ""] as const,
  queryFn: () => calls.folders(path),
  staleTime: 0,
  gcTime: 0,
  retry: false,
});
export const item = (id: string) => ({ queryKey: ["item", id] as const, queryFn: () => calls.item(id) });
export const children = (id: string) => ({ queryKey: ["children", id] as const, queryFn: () => calls.children(id) });
export const page = (filter: calls.ItemFilter, index: number) => ({
  queryKey: ["items", filter, index] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) => calls.items(filter, index * PAGE, PAGE, signal),
});
/** The first items of a short list, for pages that show all of it. */
export const few = (filter: calls.ItemFilter) => ({
  queryKey: ["items", filter, "few"] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) => calls.items(filter, 0, 200, signal),
});
export const person = (id: string) => ({ queryKey: ["items", "person", id] as const, queryFn: () => calls.person(id) });
export const collections = () => ({ queryKey: ["collections"] as const, queryFn: calls.collections });
export const filmSeries = () => ({ queryKey: ["items", "film-series"] as const, queryFn: calls.filmSeries });
export const playlists = () => ({ queryKey: ["playlists"] as const, queryFn: calls.playlists });
export const facets = (kinds: ItemKind[]) => ({ queryKey: ["facets", ...kinds] as const, queryFn: () => calls.facets(kinds) });
export const collection = (id: string) => ({ queryKey: ["collections", id] as const, queryFn: () => calls.collection(id) });
export const collectionEntries = (id: string) => ({ queryKey: ["items", "collection", id] as const, queryFn: () => calls.collectionEntries(id) });
export const playlist = (id: string) => ({ queryKey: ["playlists", id] as const, queryFn: () => calls.playlist(id) });
export const playlistEntries = (id: string) => ({ queryKey: ["items", "playlist", id] as const, queryFn: () => calls.playlistEntries(id) });
export const search = (q: string) => ({
  queryKey: ["search", q] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) => calls.search(q, signal),
  placeholderData: keepPreviousData,
});
