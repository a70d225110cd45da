// A site with one page, one script and the folders of packages.

import { serve as serveStatic } from "../../static-server.mjs";

/**
 * Headers that isolate a page from other origins, for a more precise clock. Its steps are 5 µs in Chromium and 20 µs in
 * Firefox, instead of 100.
 */
const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** The page. What the package depends on is in the folder `modules`, if that is served. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "idb": "/modules/idb/build/index.js" } }</script>
<script type="module" src="/script.js"></script>`;

/** Serves the script, and folders by their names. */
export async function serve(script, folders) {
  const own = { "/": ["text/html;charset=utf-8", PAGE], "/script.js": ["text/javascript", script] };
  const prefixes = Object.fromEntries(Object.entries(folders).map(([name, folder]) => [`/${name}/`, folder]));
  const { port, close } = await serveStatic(prefixes, {
    headers: () => ISOLATED,
    intercept: ({ url }, response) => {
      if (!Object.hasOwn(own, url)) return false;
      const [type, body] = own[url];
      response.writeHead(200, { "Content-Type": type, ...ISOLATED }).end(body);
      return true;
    },
  });
  return { address: `http://127.0.0.1:${port}/`, close };
}
