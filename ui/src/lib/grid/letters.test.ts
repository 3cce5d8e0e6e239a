import { describe, expect, it } from "vitest";

import { firstWith, letterOf } from "./letters";

describe("letterOf", () => {
  it("looks past articles, accents and signs", () => {
    expect(letterOf("The Matrix")).toBe("M");
    expect(letterOf("Élan")).toBe("E");
    expect(letterOf("…And Justice")).toBe("A");
    expect(letterOf("12 Angry Men")).toBe("#");
    expect(letterOf("Theodora")).toBe("T");
  });
});

describe("firstWith", () => {
  const titles = ["12 Angry Men", "Alien", "An Apple", "Brazil", "The Cell", "Dune", "Zulu"];
  const find = (letter: string) => firstWith(letter, titles.length, (index) => Promise.resolve(titles[index] ?? ""));
  it("finds the first title of a letter", async () => {
    expect(await find("#")).toBe(0);
    expect(await find("A")).toBe(1);
    expect(await find("C")).toBe(4);
    expect(await find("Z")).toBe(6);
  });
  it("goes to what follows when a letter is missing", async () => {
    expect(await find("M")).toBe(6);
  });
});
