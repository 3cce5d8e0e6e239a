/** Preferences of this browser. Nothing else is kept in localStorage. */
export type Theme = "dark" | "light" | "system";

interface Kept {
  theme: Theme;
  size: "normal" | "large";
  volume: number;
  muted: boolean;
  subtitles: string | null;
  autoplay: boolean;
  quality: string;
  /** Music is evened out: all of it equally loud. */
  even: boolean;
}

const STORE = "hearth.prefs";
const DEFAULTS: Kept = { theme: "dark", size: "normal", volume: 1, muted: false, subtitles: null, autoplay: true, quality: "original", even: true };

function load(): Kept {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(STORE) ?? "{}") as Partial<Kept>) };
  } catch {
    return DEFAULTS;
  }
}

export const prefs: Kept = $state(load());
const systemLight = matchMedia("(prefers-color-scheme: light)");

function paint(): void {
  const light = prefs.theme === "light" || (prefs.theme === "system" && systemLight.matches);
  const root = document.documentElement;
  root.dataset["theme"] = light ? "light" : "dark";
  if (prefs.size === "large") root.dataset["size"] = "large";
  else delete root.dataset["size"];
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", light ? "#f8f5f0" : "#0e0d0c");
}

export function setPref<K extends keyof Kept>(key: K, value: Kept[K]): void {
  prefs[key] = value;
  try {
    localStorage.setItem(STORE, JSON.stringify($state.snapshot(prefs)));
  } catch {
    // Without a store the choice lasts as long as the page.
  }
  if (key === "theme" || key === "size") paint();
}

systemLight.addEventListener("change", paint);
paint();
