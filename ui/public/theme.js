// Runs before the first paint, so that a light theme never flashes dark; a file of its own because the CSP allows no inline scripts.
(() => {
  let prefs = {};
  try {
    prefs = JSON.parse(localStorage.getItem("hearth.prefs") || "{}");
  } catch {
    // A broken preference is no preference.
  }
  const light = prefs.theme === "light" || (prefs.theme === "system" && matchMedia("(prefers-color-scheme: light)").matches);
  document.documentElement.dataset.theme = light ? "light" : "dark";
  if (prefs.size === "large") document.documentElement.dataset.size = "large";
})();
