import type { Component } from "svelte";

import { match } from "./lib/router/match";

/** What stands around a screen: the full shell, or nothing. */
export type Frame = "shell" | "bare";

interface Screen {
  // Screens take their path parameters as string props; the table cannot say more about each.
  load: () => Promise<{ default: Component<never> }>;
  frame: Frame;
}

const SCREENS: [string, Screen][] = [
  ["/", { load: () => import("./screens/home/Home.svelte"), frame: "shell" }],
  ["/setup", { load: () => import("./screens/setup/Setup.svelte"), frame: "bare" }],
  ["/login", { load: () => import("./screens/login/Login.svelte"), frame: "bare" }],
  ["/search", { load: () => import("./screens/search/Search.svelte"), frame: "shell" }],
  ["/libraries", { load: () => import("./screens/libraries/Libraries.svelte"), frame: "shell" }],
  ["/libraries/new", { load: () => import("./screens/libraries/NewLibrary.svelte"), frame: "shell" }],
  ["/libraries/problems", { load: () => import("./screens/libraries/Problems.svelte"), frame: "shell" }],
  ["/libraries/duplicates", { load: () => import("./screens/libraries/Duplicates.svelte"), frame: "shell" }],
  ["/library/:id", { load: () => import("./screens/library/Library.svelte"), frame: "shell" }],
  ["/items/:id", { load: () => import("./screens/title/Title.svelte"), frame: "shell" }],
  ["/watch/:id", { load: () => import("./player/video/Watch.svelte"), frame: "bare" }],
  ["*", { load: () => import("./screens/lost/Lost.svelte"), frame: "shell" }],
];

export interface Found extends Screen {
  params: Record<string, string>;
}

export function find(path: string): Found {
  for (const [pattern, screen] of SCREENS) {
    const params = match(pattern, path);
    if (params) return { ...screen, params };
  }
  throw new Error("the last pattern fits everything");
}
