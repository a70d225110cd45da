// The page's own origin passes requests on to the service, as a portal's does.
export default defineNuxtConfig({
  compatibilityDate: "2026-10-01",
  telemetry: false,
  routeRules: { "/api/case/**": { proxy: `${process.env.SANDBOX}/**` } },
});
