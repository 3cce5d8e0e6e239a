/** A router over the history API that gives every entry its scroll position and focus back. */
import { queryWith } from "./match";
import { keep, newKey, placeOf, restore, settle } from "./places";

interface Entry {
  key: string;
}

function entry(): Entry {
  const state = history.state as Partial<Entry> | null;
  if (state?.key) return { key: state.key };
  const fresh = { key: newKey() };
  history.replaceState(fresh, "");
  return fresh;
}

class Route {
  path = $state(location.pathname);
  search = $state(location.search);
  key = $state(entry().key);
  /** True when the entry was reached by Back or Forward (or a reload), so its place comes back. */
  returning = $state(true);
  readonly query = $derived(new URLSearchParams(this.search));
}

export const route = new Route();

function arrive(returning: boolean): void {
  route.path = location.pathname;
  route.search = location.search;
  route.key = entry().key;
  route.returning = returning;
}

export function go(href: string, options: { replace?: boolean } = {}): void {
  const url = new URL(href, location.href);
  if (url.pathname === location.pathname && url.search === location.search) return;
  keep(route.key);
  if (options.replace) history.replaceState({ key: newKey() }, "", url);
  else history.pushState({ key: newKey() }, "", url);
  arrive(false);
}

/** Changes the query of the entry at hand: filters are part of the address, not of the history. */
export function setQuery(change: Record<string, string | null>): void {
  const search = queryWith(location.search, change);
  history.replaceState({ key: route.key }, "", location.pathname + search);
  route.search = search;
}

/** Back within the app, or to `fallback` when the app was opened right here. */
export function back(fallback = "/"): void {
  if (placeOf(route.key)?.first ?? history.length <= 1) go(fallback, { replace: true });
  else history.back();
}

/** Called when the screen of `route.key` stands: gives scroll and focus their place. */
export function arrived(): void {
  if (route.returning) restore(route.key);
  else settle();
}

export function startRouter(): void {
  history.scrollRestoration = "manual";
  keep(route.key, true);
  addEventListener("popstate", () => {
    keep(route.key);
    arrive(true);
  });
  addEventListener("pagehide", () => keep(route.key));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.("a");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.pathname.startsWith("/api/")) return;
    event.preventDefault();
    go(link.href);
  });
}
