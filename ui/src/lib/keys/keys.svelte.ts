import { untrack } from "svelte";

/** Keyboard shortcuts: screens add theirs while they stand; the `?` sheet lists what is there. */
export interface Shortcut {
  /** As `event.key`, with "mod+" for Ctrl or Command. */
  keys: string[];
  label: string;
  group: string;
  run: (event: KeyboardEvent) => void;
}

class Sheet {
  open = $state(false);
  shortcuts = $state.raw<Shortcut[]>([]);
}

export const sheet = new Sheet();

export function addShortcuts(added: Shortcut[]): () => void {
  // Effects add and take away; none of them is to run again because of it.
  untrack(() => (sheet.shortcuts = [...sheet.shortcuts, ...added]));
  return () => {
    untrack(() => (sheet.shortcuts = sheet.shortcuts.filter((shortcut) => !added.includes(shortcut))));
  };
}

export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["range", "checkbox", "radio", "button", "submit"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

function name(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return mod ? `mod+${key}` : key;
}

/** Whether focus rings are of use: hidden while a finger does the work. */
function noteInput(input: "touch" | "keys"): void {
  document.documentElement.dataset["input"] = input;
}

export function startKeys(): void {
  noteInput(matchMedia("(pointer: coarse)").matches ? "touch" : "keys");
  addEventListener("pointerdown", (event) => noteInput(event.pointerType === "touch" ? "touch" : "keys"), { capture: true, passive: true });
  addEventListener("keydown", () => noteInput("keys"), { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey) return;
    const pressed = name(event);
    if (typing(event.target) && !pressed.startsWith("mod+")) return;
    if (document.querySelector("dialog[open]") && !pressed.startsWith("mod+")) return;
    // A focused button keeps its own Space and Enter.
    if ((event.key === " " || event.key === "Enter") && event.target instanceof Element && event.target.closest("button, summary")) return;
    // The newest first: a player's keys go before the shell's.
    const found = sheet.shortcuts.findLast((shortcut) => shortcut.keys.includes(pressed));
    if (!found) return;
    event.preventDefault();
    found.run(event);
  });
}
