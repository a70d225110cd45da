// The page's own origin forwards requests to the service, as a portal does.
export default defineNuxtConfig({
  compatibilityDate: "2026-10-01",
  telemetry: false,
  routeRules: { "/api/case/**": { proxy: `${process.env.SANDBOX}/**` } },
});
