/** Requests about accounts and who may do what, and their queries; apart from `calls.ts`, because only some screens need them. */
import * as passkey from "./passkey";
import { device } from "./calls";
import { ask, client } from "./client";
import { Problem } from "./problem";
import type { LibraryAccess, OidcProviderChange, RoleChange, Tokens, UserPatch } from "./types";

// ---- ways in

export type Method = "totp" | "recovery_code" | "passkey";
/** What the first half of a sign-in gives: the ticket for the other one. */
export interface Half {
  ticket: string;
  methods: Method[];
}

/** The other half that a refused sign-in asks for, if it does. */
export function halfOf(error: unknown): Half | null {
  const half = error instanceof Problem ? error.extra["second_factor"] : undefined;
  return half ? (half as Half) : null;
}

export const secondStep = (ticket: string, code: string) =>
  ask(client.POST("/api/v1/auth/second-factor", { body: { ticket, code, device: device(), cookie: true } }));
export async function signInByPasskey(): Promise<Tokens> {
  const { ceremony, options } = await ask(client.POST("/api/v1/auth/passkey/options"));
  const credential = await passkey.sign(options);
  return ask(client.POST("/api/v1/auth/passkey", { body: { ceremony, credential, device: device(), cookie: true } }));
}
export const providers = () => ({ queryKey: ["oidc"] as const, queryFn: () => ask(client.GET("/api/v1/auth/oidc")) });
export const leaveFor = (name: string, return_to: string) =>
  ask(client.POST("/api/v1/auth/oidc/{name}", { params: { path: { name } }, body: { return_to } }));
export const showCode = () => ask(client.POST("/api/v1/auth/quick-connect", { body: { device: device() } }));
/** The tokens once somebody approved; undefined until then. */
export const askCode = (secret: string) =>
  ask(client.POST("/api/v1/auth/quick-connect/token", { body: { secret, cookie: true } })) as Promise<Tokens | undefined>;

// ---- one's own account

export const renameMe = (username: string) => ask(client.PATCH("/api/v1/me", { body: { username } }));
export const changePassword = (current: string, next: string) => ask(client.POST("/api/v1/me/password", { body: { current, new: next } }));

export const sessions = () => ({ queryKey: ["sessions"] as const, queryFn: () => ask(client.GET("/api/v1/me/sessions")) });
export const endSession = (id: string) => ask(client.DELETE("/api/v1/me/sessions/{session_id}", { params: { path: { session_id: id } } }));
export const endOthers = () => ask(client.DELETE("/api/v1/me/sessions"));

export const apiKeys = () => ({ queryKey: ["api-keys"] as const, queryFn: () => ask(client.GET("/api/v1/me/api-keys")) });
export const makeKey = (name: string, permissions: string[] | null, expires_at: string | null) =>
  ask(client.POST("/api/v1/me/api-keys", { body: { name, permissions, expires_at } }));
export const deleteKey = (id: string) => ask(client.DELETE("/api/v1/me/api-keys/{key_id}", { params: { path: { key_id: id } } }));

export const secondFactor = () => ({ queryKey: ["second-factor"] as const, queryFn: () => ask(client.GET("/api/v1/me/totp")) });
export const beginApp = (password: string | null) => ask(client.POST("/api/v1/me/totp", { body: { password } }));
export const confirmApp = (code: string) => ask(client.PUT("/api/v1/me/totp", { body: { code } }));
export const endApp = (password: string | null) => ask(client.DELETE("/api/v1/me/totp", { body: { password } }));
export const newCodes = (password: string | null) => ask(client.POST("/api/v1/me/totp/recovery-codes", { body: { password } }));

export const passkeys = () => ({ queryKey: ["passkeys"] as const, queryFn: () => ask(client.GET("/api/v1/me/passkeys")) });
export async function addPasskey(name: string, password: string | null) {
  const { ceremony, options } = await ask(client.POST("/api/v1/me/passkeys/options", { body: { password } }));
  const credential = await passkey.make(options);
  return ask(client.POST("/api/v1/me/passkeys", { body: { ceremony, name, credential } }));
}
export const renamePasskey = (id: string, name: string) =>
  ask(client.PATCH("/api/v1/me/passkeys/{passkey_id}", { params: { path: { passkey_id: id } }, body: { name } }));
export const deletePasskey = (id: string) => ask(client.DELETE("/api/v1/me/passkeys/{passkey_id}", { params: { path: { passkey_id: id } } }));

export const findCode = (code: string) => ask(client.POST("/api/v1/me/quick-connect/find", { body: { code } }));
export const approveCode = (code: string) => ask(client.POST("/api/v1/me/quick-connect/approve", { body: { code } }));
export const refuseCode = (code: string) => ask(client.POST("/api/v1/me/quick-connect/refuse", { body: { code } }));

export const links = () => ({ queryKey: ["links"] as const, queryFn: () => ask(client.GET("/api/v1/me/oidc")) });
export const leaveToLink = (name: string) =>
  ask(client.POST("/api/v1/me/oidc/{name}", { params: { path: { name } }, body: { return_to: "/account" } }));
export const unlink = (id: string) => ask(client.DELETE("/api/v1/me/oidc/{link_id}", { params: { path: { link_id: id } } }));

// ---- everybody's

const MOST = 500;

export const users = () => ({ queryKey: ["users"] as const, queryFn: () => ask(client.GET("/api/v1/users", { params: { query: { limit: MOST } } })) });
const who = (id: string) => ({ params: { path: { user_id: id } } });
export const user = (id: string) => ({ queryKey: ["users", id] as const, queryFn: () => ask(client.GET("/api/v1/users/{user_id}", who(id))) });
export const userSessions = (id: string) => ({ queryKey: ["users", id, "sessions"] as const, queryFn: () => ask(client.GET("/api/v1/users/{user_id}/sessions", who(id))) });
export const addUser = (username: string, password: string, role: string) => ask(client.POST("/api/v1/users", { body: { username, password, role } }));
export const changeUser = (id: string, body: UserPatch) => ask(client.PATCH("/api/v1/users/{user_id}", { ...who(id), body }));
export const deleteUser = (id: string) => ask(client.DELETE("/api/v1/users/{user_id}", who(id)));
export const endUserSessions = (id: string) => ask(client.DELETE("/api/v1/users/{user_id}/sessions", who(id)));
export const resetSecondFactor = (id: string) => ask(client.DELETE("/api/v1/users/{user_id}/second-factor", who(id)));

export const roles = () => ({ queryKey: ["roles"] as const, queryFn: () => ask(client.GET("/api/v1/roles")) });
export const putRole = (name: string, body: RoleChange) => ask(client.PUT("/api/v1/roles/{name}", { params: { path: { name } }, body }));
export const deleteRole = (name: string) => ask(client.DELETE("/api/v1/roles/{name}", { params: { path: { name } } }));

const shelf = (id: string) => ({ params: { path: { library_id: id } } });
export const access = (id: string) => ({ queryKey: ["access", id] as const, queryFn: () => ask(client.GET("/api/v1/libraries/{library_id}/access", shelf(id))) });
export const setAccess = (id: string, body: LibraryAccess) => ask(client.PUT("/api/v1/libraries/{library_id}/access", { ...shelf(id), body }));

export interface AuditFilter {
  actor?: string;
  action?: string;
  since?: string;
  until?: string;
}
const LINES = 100;
export const audit = (filter: AuditFilter) => ({
  queryKey: ["audit", filter] as const,
  queryFn: ({ pageParam, signal }: { pageParam: string | null; signal: AbortSignal }) =>
    ask(client.GET("/api/v1/audit", { params: { query: { ...filter, limit: LINES, after: pageParam ?? undefined } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: (page: { next: string | null }) => page.next,
  staleTime: 0,
});

export const oidcProviders = () => ({ queryKey: ["oidc-providers"] as const, queryFn: () => ask(client.GET("/api/v1/oidc-providers")) });
export const putProvider = (name: string, body: OidcProviderChange) => ask(client.PUT("/api/v1/oidc-providers/{name}", { params: { path: { name } }, body }));
export const deleteProvider = (name: string) => ask(client.DELETE("/api/v1/oidc-providers/{name}", { params: { path: { name } } }));
