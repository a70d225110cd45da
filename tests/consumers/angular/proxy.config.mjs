// The page's own origin forwards requests to the service, as a portal does.
export default {
  "/api/case": { target: process.env.SANDBOX, rewrite: (path) => path.replace("/api/case", "") },
};
