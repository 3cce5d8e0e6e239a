/** What the window is called while a screen stands. */
export function windowTitle(name: string): () => void {
  document.title = name ? `${name} · Hearth` : "Hearth";
  return () => {
    document.title = "Hearth";
  };
}
