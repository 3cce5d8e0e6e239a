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
  ["/enrol", { load: () => import("./screens/enrol/Enrol.svelte"), frame: "bare" }],
  ["/account", { load: () => import("./screens/settings/Account.svelte"), frame: "shell" }],
  ["/users", { load: () => import("./screens/admin/Users.svelte"), frame: "shell" }],
  ["/users/:id", { load: () => import("./screens/admin/User.svelte"), frame: "shell" }],
  ["/roles", { load: () => import("./screens/admin/Roles.svelte"), frame: "shell" }],
  ["/providers", { load: () => import("./screens/admin/Providers.svelte"), frame: "shell" }],
  ["/audit", { load: () => import("./screens/admin/Audit.svelte"), frame: "shell" }],
  ["/search", { load: () => import("./screens/search/Search.svelte"), frame: "shell" }],
  ["/libraries", { load: () => import("./screens/libraries/Libraries.svelte"), frame: "shell" }],
  ["/libraries/new", { load: () => import("./screens/libraries/NewLibrary.svelte"), frame: "shell" }],
  ["/server/settings", { load: () => import("./screens/admin/Settings.svelte"), frame: "shell" }],
  ["/server/jobs", { load: () => import("./screens/admin/Jobs.svelte"), frame: "shell" }],
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
