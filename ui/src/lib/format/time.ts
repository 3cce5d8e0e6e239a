/** 2530000 -> "42:10", 3723000 -> "1:02:03". */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const tail = `${String(Math.floor(seconds / 60) % 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${tail.padStart(5, "0")}` : tail;
}

/** 6720000 -> "1 h 52 min": a length as people say it. */
export function length(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.max(1, Math.round(ms / 1000))} s`;
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest ? `${Math.floor(minutes / 60)} h ${rest} min` : `${minutes / 60} h`;
}

/** A waiting time, rounded as an honest guess: "about 3 min". */
export function about(ms: number): string {
  if (ms < 5_000) return "a few seconds";
  if (ms < 60_000) return `about ${Math.ceil(ms / 5000) * 5} s`;
  return `about ${length(Math.ceil(ms / 60_000) * 60_000)}`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "5 minutes ago", "yesterday"; "just now" below a minute. */
export function ago(time: string, now: number = Date.now()): string {
  const seconds = (now - Date.parse(time)) / 1000;
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of STEPS) if (seconds >= size) return relative.format(-Math.floor(seconds / size), unit);
  return "just now";
}

/** How far through, 0..1; null when there is nothing to show. */
export function fraction(position_ms: number, duration_ms: number | null): number | null {
  if (!duration_ms || position_ms <= 0) return null;
  return Math.min(1, position_ms / duration_ms);
}

/** The share of a scan or file as "47 %". */
export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
