import { expect, test } from "vitest";

import type { ItemDetail } from "../../lib/api/types";
import { changed, fieldsOf, named, peopleOf, textOf } from "./fields";

test("only what differs is sent, as numbers, lists and null", () => {
  const before = { title: "Far Light", year: "2016", genres: "Drama", rating: "7.5", tagline: "Look." };
  const now = { title: "Far Light", year: "2017", genres: "Drama,  War , ", rating: "8,5", tagline: " " };
  expect(changed(fieldsOf("movie"), before, now)).toEqual({ year: 2017, genres: ["Drama", "War"], rating: 8.5, tagline: null });
});

test("an episode's season is its group", () => {
  const names = fieldsOf("episode").map((field) => field.name);
  expect(names).toContain("group");
  expect(changed(fieldsOf("episode"), { group: "1", number: "2" }, { group: "0", number: "2" })).toEqual({ group: 0 });
});

test("artists stand one on each line, for names have commas", () => {
  const item = { kind: "track", artists: [{ title: "Earth, Wind" }, { title: "Ada Vale" }] } as unknown as ItemDetail;
  const field = fieldsOf("track").find((one) => one.name === "artists");
  expect(field && textOf(item, field)).toBe("Earth, Wind\nAda Vale");
  expect(changed(fieldsOf("track"), { artists: "Earth, Wind" }, { artists: "Earth, Wind\n\n Ada Vale " })).toEqual({ artists: ["Earth, Wind", "Ada Vale"] });
});

test("people without a name are none, and only actors play somebody", () => {
  const item = { credits: [{ name: "Ada Vale", role: "actor", character: null }, { name: "Bo", role: "producer", character: null }] } as unknown as ItemDetail;
  expect(peopleOf(item)).toEqual([{ name: "Ada Vale", role: "actor", character: "" }, { name: "Bo", role: "actor", character: "" }]);
  expect(named([{ name: " Ada ", role: "director", character: "x" }, { name: " ", role: "actor", character: "" }, { name: "Bo", role: "actor", character: " Keeper " }])).toEqual([
    { name: "Ada", role: "director", character: null },
    { name: "Bo", role: "actor", character: "Keeper" },
  ]);
});
