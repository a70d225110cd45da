export default {
  // A folder that can be deployed to any server: the build must include the needed files of `node_modules`.
  output: "standalone",
  // The page's own origin forwards requests to the service, as a portal does.
  rewrites: async () => [{ source: "/api/case/:path*", destination: `${process.env.SANDBOX}/:path*` }],
};
