/** Where each history entry was: how far it was scrolled and what had the focus. Kept for the tab, so a reload finds it too. */
interface Place {
  y: number;
  focus: string | null;
  first: boolean;
}

const STORE = "hearth.places";
const PATIENCE_MS = 2500;
const places = new Map<string, Place>(stored());
let cancel: () => void = () => {};

function stored(): [string, Place][] {
  try {
    return JSON.parse(sessionStorage.getItem(STORE) ?? "[]") as [string, Place][];
  } catch {
    return [];
  }
}

export function newKey(): string {
  return Math.random().toString(36).slice(2, 10);
}

export function placeOf(key: string): Place | undefined {
  return places.get(key);
}

/** A selector that finds the focused element again after its screen was built anew. */
function focusName(): string | null {
  const element = document.activeElement;
  if (!(element instanceof HTMLElement) || element === document.body) return null;
  if (element.dataset["focus"]) return `[data-focus="${CSS.escape(element.dataset["focus"])}"]`;
  if (element.id) return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute("href");
  return href ? `main a[href="${CSS.escape(href)}"]` : null;
}

export function keep(key: string, first = false): void {
  const old = places.get(key);
  if (first && old) return;
  places.set(key, { y: scrollY, focus: focusName(), first: first || (old?.first ?? false) });
  try {
    sessionStorage.setItem(STORE, JSON.stringify([...places].slice(-100)));
  } catch {
    // A full or forbidden store only costs the place after a reload.
  }
}

/** Tries `attempt` as the page grows, until it succeeds, the person acts, or patience ends. */
function whenReady(attempt: () => boolean): void {
  cancel();
  if (attempt()) return;
  const stop = (): void => {
    observer.disconnect();
    clearTimeout(timer);
    for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) removeEventListener(kind, stop);
  };
  const observer = new MutationObserver(() => {
    if (attempt()) stop();
  });
  observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["style"] });
  const timer = setTimeout(stop, PATIENCE_MS);
  for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) addEventListener(kind, stop, { passive: true });
  cancel = stop;
}

/** Gives an entry its scroll position, then its focus, back. */
export function restore(key: string): void {
  const place = places.get(key);
  if (!place || (place.y === 0 && !place.focus)) {
    settle();
    return;
  }
  whenReady(() => {
    if (document.documentElement.scrollHeight < place.y + innerHeight - 1 && scrollY < place.y) {
      scrollTo(0, place.y);
      return false;
    }
    if (Math.abs(scrollY - place.y) > 1) scrollTo(0, place.y);
    if (!place.focus) return true;
    const element = document.querySelector<HTMLElement>(place.focus);
    element?.focus({ preventScroll: true });
    return element !== null;
  });
}

/** A new screen starts at its top with its first thing focused. */
export function settle(): void {
  scrollTo(0, 0);
  whenReady(() => {
    const element = document.querySelector<HTMLElement>("main [data-autofocus]");
    if (!element) return false;
    if (document.activeElement === element) return true;
    element.focus({ preventScroll: true });
    return true;
  });
}
