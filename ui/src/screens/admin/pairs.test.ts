import { expect, test } from "vitest";

import { pairs, unpaired } from "./pairs";

test("values lead to roles and back", () => {
  const roles = { family: "user", "cn=admins": "admin" };
  expect(pairs(" family = user,cn=admins=admin, ")).toEqual(roles);
  expect(pairs(unpaired(roles))).toEqual(roles);
  expect(() => pairs("family")).toThrow("family");
  expect(() => pairs("=user")).toThrow("=user");
});
