/** What each permission lets somebody do, in words; those that are not named here show their own word. */
const MEANINGS: Record<string, string> = {
  "activity:write": "Keep watched marks, ratings, favourites and playlists",
  "audit:read": "Read the record of who did what",
  "events:read": "Hear of changes as they happen",
  "items:play": "Play films, shows and music",
  "items:read": "See what is in the libraries",
  "items:write": "Correct titles, make collections",
  "jobs:manage": "Start, stop and clear jobs",
  "jobs:read": "See what the server works on",
  "libraries:manage": "Add, change and remove libraries, say who sees them",
  "libraries:read": "See which libraries there are",
  "me:enrol": "Set up their own second factor",
  "me:read": "See their own devices and keys",
  "me:write": "Change their own name, password, devices and keys",
  "roles:manage": "Make and change roles",
  "scans:run": "Scan libraries",
  "session:end": "Sign out",
  "session:read": "Know who they are signed in as",
  "settings:manage": "Change settings and sign-in providers",
  "settings:read": "Read settings, health and logs",
  "users:manage": "Add, change and remove users",
};

export const meaning = (permission: string): string => MEANINGS[permission] ?? permission;

/** Roles are set up from these; what only concerns being signed in comes along unasked. */
export const BASICS: readonly string[] = ["session:read", "session:end", "me:enrol", "me:read", "events:read", "libraries:read"];

/** Never an API key's: a key that leaked must not turn into a password or a wider key. */
export const NEVER_BY_KEY: readonly string[] = ["me:write", "me:enrol", "session:end"];

/** All that may be done by who has to have a second factor and has none yet. */
const UNTIL_ENROLLED = new Set(["session:read", "session:end", "me:enrol"]);

/** Whether somebody has to set up a second factor before anything else. */
export const mustEnrol = (permissions: readonly string[]): boolean => permissions.includes("me:enrol") && permissions.every((word) => UNTIL_ENROLLED.has(word));
