import { describe, expect, it, vi } from "vitest";

vi.mock("@lucide/svelte/icons/clapperboard", () => ({ default: null }));
vi.mock("@lucide/svelte/icons/music", () => ({ default: null }));
vi.mock("@lucide/svelte/icons/tv", () => ({ default: null }));

import { guessKind, guessName } from "./kinds";

describe("guessing from a folder", () => {
  it("reads the usual names", () => {
    expect(guessKind("/srv/TV Shows")).toBe("shows");
    expect(guessKind("/srv/Music")).toBe("music");
    expect(guessKind("/srv/films")).toBe("movies");
  });
  it("names the library after the folder unless that says nothing", () => {
    expect(guessName("/srv/my_films/", "movies")).toBe("My films");
    expect(guessName("/mnt/media", "music")).toBe("Music");
    expect(guessName("/", "shows")).toBe("Shows");
  });
});
