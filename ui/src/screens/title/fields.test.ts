import { expect, test } from "vitest";

import { changed, fieldsOf } from "./fields";

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
