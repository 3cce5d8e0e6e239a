/** What part of a very long grid is on screen. All lengths in CSS pixels. */

/** Browsers stop laying out beyond some 17 to 33 million pixels; above this height the scrollbar maps by ratio. */
export const MAX_HEIGHT = 12_000_000;

export interface Columns {
  columns: number;
  card: number;
}

/** As many columns as fit with cards of about `wish` pixels. */
export function fit(width: number, wish: number, gap: number, least = 2): Columns {
  const columns = Math.max(least, Math.round((width + gap) / (wish + gap)));
  return { columns, card: Math.max(1, (width - gap * (columns - 1)) / columns) };
}

export interface GridWindow {
  /** Height of the whole scroll area. */
  height: number;
  /** First and one-past-last index to draw. */
  start: number;
  end: number;
  /** Where the first drawn row lies within the scroll area. */
  offset: number;
}

export function windowOf(total: number, columns: number, row: number, scroll: number, view: number, overscan = 2): GridWindow {
  const rows = Math.ceil(total / columns);
  const full = rows * row;
  const height = Math.min(full, MAX_HEIGHT);
  const room = Math.max(1, height - view);
  const top = Math.min(Math.max(0, scroll), room);
  const ratio = full > height ? (full - view) / room : 1;
  const virtual = top * ratio;
  const first = Math.max(0, Math.floor(virtual / row) - overscan);
  const last = Math.min(rows, Math.ceil((virtual + view) / row) + overscan);
  return { height, start: first * columns, end: Math.min(total, last * columns), offset: top - virtual + first * row };
}

/** The scroll position that shows `index`'s row at the top of the view. */
export function scrollFor(index: number, total: number, columns: number, row: number, view: number): number {
  const rows = Math.ceil(total / columns);
  const full = rows * row;
  const height = Math.min(full, MAX_HEIGHT);
  const wanted = Math.floor(index / columns) * row;
  if (full <= height) return Math.min(wanted, Math.max(0, full - view));
  return Math.min(1, wanted / (full - view)) * (height - view);
}

/** The pages that hold the indices start..end-1. */
export function pagesOf(start: number, end: number, size: number): number[] {
  if (end <= start) return [];
  const pages: number[] = [];
  for (let page = Math.floor(start / size); page <= Math.floor((end - 1) / size); page += 1) pages.push(page);
  return pages;
}

/** Where a key takes the focus in a grid; null when the key is not about moving or nothing lies there. */
export function moved(key: string, index: number, total: number, columns: number, rowsInView: number): number | null {
  const targets: Record<string, number> = {
    ArrowLeft: index % columns === 0 ? -1 : index - 1,
    ArrowRight: index % columns === columns - 1 ? -1 : index + 1,
    ArrowUp: index - columns,
    ArrowDown: Math.floor(index / columns) === Math.floor((total - 1) / columns) ? -1 : Math.min(total - 1, index + columns),
    PageUp: Math.max(index % columns, index - columns * rowsInView),
    PageDown: Math.min(total - 1, index + columns * rowsInView),
    Home: 0,
    End: total - 1,
  };
  const target = targets[key];
  return target === undefined || target < 0 || target >= total || target === index ? null : target;
}
