import createClient, { type Middleware } from "openapi-fetch";

import { Problem, problemFrom } from "./problem";
import type { paths } from "./schema";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

function cookie(name: string): string | null {
  const pair = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return pair ? decodeURIComponent(pair.slice(name.length + 1)) : null;
}

/** The header that proves a write comes from our own page: the readable twin of the session cookie. */
export function csrf(): Record<string, string> {
  const token = cookie("hearth_csrf");
  return token ? { "X-CSRF-Token": token } : {};
}

let signedOut: () => void = () => {};

/** Called once a request shows that the session has ended. */
export function onSignedOut(run: () => void): void {
  signedOut = run;
}

let refused: () => void = () => {};

/** Called when somebody may not do what this page thought they might: their role changed, or a second factor is asked for. */
export function onRefused(run: () => void): void {
  refused = run;
}

const guard: Middleware = {
  onRequest({ request }) {
    if (SAFE.has(request.method)) return;
    for (const [name, value] of Object.entries(csrf())) request.headers.set(name, value);
  },
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && schemaPath !== "/api/v1/auth/login" && schemaPath !== "/api/v1/me") signedOut();
    if (response.status === 403) refused();
  },
};

export const client = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin" });
client.use(guard);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's data, or a thrown Problem. */
export async function ask<T>(pending: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await pending;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "The server cannot be reached. Check that it runs and that you are on its network.");
  }
  if (!answer.response.ok) throw problemFrom(answer.response.status, answer.error);
  return answer.data as T;
}
