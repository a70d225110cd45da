import { defineConfig } from "vite";

// The gateway of the page's origin. On a development machine a sandbox of the service takes its place.
const target = process.env.CASE_API ?? "http://localhost:8080/case/v3";

export default defineConfig({
  server: {
    proxy: {
      "/api/case": {
        target,
        changeOrigin: true,
        rewrite: (path) => path.slice("/api/case".length),
        headers: { authorization: "Bearer development" },
      },
    },
  },
});
