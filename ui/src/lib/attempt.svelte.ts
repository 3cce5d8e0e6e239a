import { words } from "./api/problem";

/** One act of a form or button: busy while it runs, and in words what went wrong. */
export class Attempt {
  busy = $state(false);
  problem = $state<string | null>(null);

  /** Whether it went well; a second click while it runs does nothing. */
  async run(act: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await act();
      return true;
    } catch (error) {
      this.problem = words(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
