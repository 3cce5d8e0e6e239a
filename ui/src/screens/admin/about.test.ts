import { expect, test } from "vitest";

import type { AuditEntry } from "../../lib/api/types";
import { about, act, details } from "./about";

test("acts and roles speak, unknown ones show themselves", () => {
  expect(act("login.failed")).toBe("failed to sign in");
  expect(act("brass.polished")).toBe("brass.polished");
  expect(about("kids")).toBe("A role of your own.");
});

test("details are one line", () => {
  const entry = { detail: { max_age: 12, disabled: false, roles: ["kids"], users: [], method: "password" } } as unknown as AuditEntry;
  expect(details(entry)).toBe("max age: 12 · disabled: no · roles: kids · users: none");
});
