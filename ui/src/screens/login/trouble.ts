/** What a sign-in by another site came back with, by the word in the address: no address can put its own text on this page. */
const TROUBLE: Record<string, string> = {
  invalid: "That sign-in was not begun in this browser, or it took too long. Begin again.",
  denied: "The other site did not let you in, or there is no account here for you. Ask whoever looks after this server.",
  conflict: "That identity opens another account already.",
  unauthenticated: "The other site's answer does not hold. Begin again.",
  toomany: "Too many tries in a short time. Wait a moment, then try again.",
};

export const trouble = (word: string | null): string | null =>
  word === null ? null : (TROUBLE[word] ?? "The other site cannot be reached. Try again later, or sign in with your password.");
