/** Short messages at the foot of the screen. */
export interface Toast {
  id: number;
  text: string;
  tone: "note" | "problem";
}

const STAY_MS = 6000;
let last = 0;

class Toasts {
  list = $state.raw<Toast[]>([]);
}

export const toasts = new Toasts();

export function say(text: string, tone: Toast["tone"] = "note"): void {
  last += 1;
  const id = last;
  toasts.list = [...toasts.list.slice(-2), { id, text, tone }];
  setTimeout(() => dismiss(id), STAY_MS);
}

export function dismiss(id: number): void {
  toasts.list = toasts.list.filter((toast) => toast.id !== id);
}
