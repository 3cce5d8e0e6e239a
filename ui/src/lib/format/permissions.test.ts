import { expect, test } from "vitest";

import { meaning, mustEnrol } from "./permissions";

test("a permission speaks, an unknown one shows itself", () => {
  expect(meaning("items:play")).toBe("Play films, shows and music");
  expect(meaning("brass:polish")).toBe("brass:polish");
});

test("who may do nothing but enrol must enrol", () => {
  expect(mustEnrol(["me:enrol", "session:end", "session:read"])).toBe(true);
  expect(mustEnrol(["items:read", "me:enrol", "session:end", "session:read"])).toBe(false);
  expect(mustEnrol([])).toBe(false);
});
