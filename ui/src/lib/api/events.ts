/** Server-sent events keep what is on screen true: scans, libraries, what was watched elsewhere. */
import { cache } from "./queries";
import { refresh } from "./state";
import type { LibraryPage, Scan, ScanDetail } from "./types";

const PAUSE_MS = 1500;
const due = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
let source: EventSource | undefined;
const listeners = new Set<(open: boolean) => void>();

/** Many events in a burst (a scan files thousands of items) become one refetch per pause. */
function later(...lists: string[]): void {
  for (const list of lists) due.add(list);
  timer ??= setTimeout(() => {
    timer = undefined;
    refresh(...due);
    due.clear();
  }, PAUSE_MS);
}

/** Puts the news about a scan where screens read it. */
export function takeScan(scan: Scan): void {
  cache.setQueryData(["libraries"], (old: LibraryPage | undefined) =>
    old ? { ...old, items: old.items.map((lib) => (lib.id === scan.library_id ? { ...lib, scan } : lib)) } : old,
  );
  cache.setQueryData(["scan", scan.id], (old: ScanDetail | undefined) => (old ? { ...old, ...scan } : old));
  if (scan.state !== "running" && scan.state !== "queued") later("libraries", "scans", "scan", "items", "home", "problems");
}

function on<T>(name: string, take: (data: T) => void): void {
  source?.addEventListener(name, (event) => {
    try {
      take(JSON.parse((event as MessageEvent<string>).data) as T);
    } catch {
      // An event that cannot be read changes nothing; the next refetch shows the truth.
    }
  });
}

export function openEvents(): void {
  if (source) return;
  source = new EventSource("/api/v1/events");
  on<Scan>("scan", takeScan);
  on("items", () => later("items", "home", "libraries"));
  on("libraries", () => later("libraries", "home"));
  on("activity", () => later("home", "item", "children"));
  on("missed", () => later("home", "item", "items", "children", "libraries", "scans", "scan"));
  source.onopen = () => listeners.forEach((tell) => tell(true));
  source.onerror = () => listeners.forEach((tell) => tell(false));
}

export function closeEvents(): void {
  source?.close();
  source = undefined;
}

/** Tells whether the stream is up; the stream reconnects by itself. */
export function onStream(tell: (open: boolean) => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
