import type { AuditEntry } from "../../lib/api/types";

const ROLES: Record<string, string> = {
  admin: "May do everything.",
  moderator: "Also scans libraries and corrects what is in them.",
  user: "Watches, keeps marks and ratings, changes their own account.",
  guest: "Watches, and keeps nothing.",
};

export const about = (role: string): string => ROLES[role] ?? "A role of your own.";

const ACTS: Record<string, string> = {
  setup: "set the server up",
  login: "signed in",
  "login.failed": "failed to sign in",
  "login.half": "gave the right password, and was asked for more",
  logout: "signed out",
  "session.ended": "signed out a device",
  "session.stolen": "had a session ended: its token was used twice",
  "password.changed": "changed their password",
  "password.reset": "gave a new password",
  "key.created": "made an API key",
  "key.deleted": "revoked an API key",
  "user.created": "added a user",
  "user.changed": "changed a user",
  "user.deleted": "deleted a user",
  "role.changed": "changed a role",
  "role.deleted": "deleted a role",
  "totp.enabled": "set up an authenticator app",
  "totp.disabled": "turned the authenticator app off",
  "totp.recovery_codes": "made new recovery codes",
  "passkey.added": "added a passkey",
  "passkey.removed": "removed a passkey",
  "passkey.renamed": "renamed a passkey",
  "second_factor.reset": "took the second factor away",
  "quick_connect.approved": "let a device in by its code",
  "quick_connect.refused": "refused a device",
  "oidc.linked": "linked another site",
  "oidc.unlinked": "unlinked another site",
  "oidc.provider_changed": "changed a sign-in provider",
  "oidc.provider_deleted": "deleted a sign-in provider",
  "library.created": "added a library",
  "library.changed": "changed a library",
  "library.deleted": "removed a library",
  "library.access": "changed who sees a library",
  "keys.rotated": "rotated the signing keys",
};

export const act = (action: string): string => ACTS[action] ?? action;

/** The record by what it is about: the first part of an action, and how that is called. */
export const SUBJECTS: [string, string][] = [
  ["login", "Signing in"],
  ["login.failed", "Failed sign-ins"],
  ["session", "Devices"],
  ["password", "Passwords"],
  ["key", "API keys"],
  ["totp", "Authenticator apps"],
  ["second_factor", "Second factors taken away"],
  ["passkey", "Passkeys"],
  ["quick_connect", "Devices by code"],
  ["oidc", "Other sites"],
  ["user", "Users"],
  ["role", "Roles"],
  ["library", "Libraries"],
  ["keys", "Signing keys"],
];

const HIDDEN = new Set(["method"]);

/** What was given with an act, as one line: "role: guest, disabled: yes". */
export function details(entry: AuditEntry): string {
  const said = (value: unknown): string => (value === true ? "yes" : value === false ? "no" : Array.isArray(value) ? value.map(said).join(", ") || "none" : String(value));
  return Object.entries(entry.detail)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${said(value)}`)
    .join(" · ");
}
