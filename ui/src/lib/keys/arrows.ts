import { type Direction, nearest } from "./nearest";
import { typing } from "./keys.svelte";

const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select, summary, [tabindex="0"]';
const DIRECTIONS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);

function candidates(): HTMLElement[] {
  const scope = document.querySelector("dialog[open]") ?? document.body;
  return [...scope.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((element) => {
    if (element.tabIndex < 0) return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && element.checkVisibility({ visibilityProperty: true });
  });
}

/** Arrow keys move the focus wherever no control wants them for itself. */
export function startArrows(): void {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !DIRECTIONS.has(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const from = document.activeElement;
    if (!(from instanceof HTMLElement) || from === document.body) return;
    const vertical = event.key === "ArrowUp" || event.key === "ArrowDown";
    if (typing(from) && !(vertical && from instanceof HTMLInputElement)) return;
    if (from.role === "slider" || (from instanceof HTMLInputElement && from.type === "range")) return;
    if (from instanceof HTMLInputElement && from.type === "radio") return;
    const others = candidates().filter((element) => element !== from);
    const found = others[nearest(from.getBoundingClientRect(), others.map((element) => element.getBoundingClientRect()), event.key as Direction)];
    if (!found) return;
    event.preventDefault();
    found.focus({ preventScroll: true });
    found.scrollIntoView({ block: vertical ? "center" : "nearest", inline: "center", behavior: "smooth" });
  });
}
