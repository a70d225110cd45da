// The page's own origin passes requests on to the service, as a portal's does.
export default {
  "/api/case": { target: process.env.SANDBOX, rewrite: (path) => path.replace("/api/case", "") },
};
