import type { Shortcut } from "../../lib/keys/keys.svelte";
import { prefs } from "../../lib/prefs/prefs.svelte";
import type { Stage } from "./stage.svelte";
import { toggleFloat, toggleFullscreen } from "./window";

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
export const STEP_MS = 10_000;

interface Acts {
  stir: () => void;
  leave: () => void;
  next: () => void;
  info: () => void;
  element: () => HTMLVideoElement | undefined;
}

export function shortcuts(stage: Stage, acts: Acts): Shortcut[] {
  const speed = (way: number): void => {
    const at = SPEEDS.indexOf(stage.rate);
    stage.setRate(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, (at < 0 ? 2 : at) + way))] ?? 1);
  };
  const subtitles = (): void => {
    const first = stage.session?.subtitles[0]?.index ?? null;
    stage.setSubtitle(stage.subtitle === null ? first : null);
  };
  const list: [string[], string, () => void][] = [
    [[" ", "k"], "Play or pause", () => stage.toggle()],
    [["ArrowLeft", "j"], "Back 10 seconds", () => stage.skip(-STEP_MS)],
    [["ArrowRight", "l"], "On 10 seconds", () => stage.skip(STEP_MS)],
    [["ArrowUp"], "Louder", () => stage.setVolume(prefs.volume + 0.05)],
    [["ArrowDown"], "Quieter", () => stage.setVolume(prefs.volume - 0.05)],
    [["m"], "Mute", () => stage.mute()],
    [["f"], "Full screen", () => toggleFullscreen(acts.element())],
    [["c"], "Subtitles on or off", subtitles],
    [["<", ","], "Slower", () => speed(-1)],
    [[">", "."], "Faster", () => speed(1)],
    [["i"], "What is played, and how", acts.info],
    [["w"], "Floating window", () => toggleFloat(acts.element())],
    [["n"], "Next episode", acts.next],
    [["Escape", "Backspace"], "Leave the player", acts.leave],
  ];
  const tenths = Array.from({ length: 10 }, (_, digit) => String(digit));
  return [
    ...list.map(([keys, label, act]) => ({ keys, label, group: "Player", run: () => (acts.stir(), act()) })),
    { keys: tenths, label: "Jump to tenths", group: "Player", run: (event) => (acts.stir(), stage.seek((stage.duration_ms * Number(event.key)) / 10)) },
  ];
}
