/** What went wrong, in words for people. `status` 0 means that no answer came. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = "Problem";
  }

  get offline(): boolean {
    return this.status === 0;
  }
}

const BY_STATUS: Record<number, string> = {
  403: "You are not allowed to do that.",
  404: "That is not here any more.",
  413: "That is too large for the server.",
  429: "Too many tries in a short time. Wait a moment, then try again.",
  502: "The server is starting or cannot be reached. Try again in a moment.",
  503: "The server is busy. Try again in a moment.",
};

/** A problem document (RFC 9457) as a Problem; anything else becomes a sentence by its status. */
export function problemFrom(status: number, body: unknown): Problem {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const detail = fields["detail"];
  const extra = fields["extra"];
  const message = typeof detail === "string" && detail ? detail : (BY_STATUS[status] ?? `The server answered with an error (${status}).`);
  return new Problem(status, message, typeof extra === "object" && extra !== null ? (extra as Record<string, unknown>) : {});
}

export function words(error: unknown): string {
  if (error instanceof Error && error.message) return error.message;
  return "Something unexpected happened. Try again.";
}
