export default {
  // A folder that can be put onto any server: what it needs of `node_modules` has to be noticed.
  output: "standalone",
  // The page's own origin passes requests on to the service, as a portal's does.
  rewrites: async () => [{ source: "/api/case/:path*", destination: `${process.env.SANDBOX}/:path*` }],
};
