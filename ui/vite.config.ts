import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, loadEnv } from "vite";

const server = loadEnv("", "..", "HEARTH_")["HEARTH_URL"] ?? "http://127.0.0.1:8096";

export default defineConfig({
  plugins: [tailwindcss(), svelte()],
  build: {
    outDir: "../src/hearth/api/web/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the CSP allows no data: fonts or scripts
    reportCompressedSize: false,
    rollupOptions: { input: ["index.html", "docs.html"] },
  },
  server: { proxy: { "/api": { target: server } } },
});
