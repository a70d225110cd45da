// The static file server of the tests: sirv on `node:http`.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import sirv from "sirv";

/**
 * Serves folders on a port of this machine, until `close` is called. `add` serves another folder.
 *
 * @param {Record<string, string>} folders Folders by the prefix of their paths. The first matching prefix counts.
 * @param {object} [options]
 * @param {(path: string, file: string) => Record<string, string>} [options.headers] Headers of a file's response.
 * @param {(request: object, response: object) => unknown} [options.intercept] Is called before each request is served.
 *   If it returns or resolves to true, it responds itself.
 * @param {number} [options.port] The port; 0 selects a free one.
 */
export async function serve(folders, { headers = () => ({}), intercept = () => false, port = 0 } = {}) {
  const handlerOf = ([prefix, folder]) => {
    const setHeaders = (response, path) => {
      const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
      for (const [name, value] of Object.entries(headers(prefix + path.slice(1), file)))
        response.setHeader(name, value);
    };
    // As hosts of static files do, which have no other place for it.
    const onNoMatch = (request, response) => {
      const page = join(folder, "404.html");
      if (!existsSync(page)) return void response.writeHead(404).end();
      const own = { ...headers(prefix + request.url.slice(1), page), "Content-Type": "text/html;charset=utf-8" };
      response.writeHead(404, own).end(readFileSync(page));
    };
    return [prefix, sirv(folder, { dev: true, setHeaders, onNoMatch })];
  };
  const handlers = Object.entries(folders).map(handlerOf);
  // WebKit rejects a request that it sends in the moment in which the server closes the idle connection, by default 5 seconds
  // after the previous response.
  const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    try {
      if (await intercept(request, response)) return;
      const [prefix, handler] = handlers.find(([start]) => request.url.startsWith(start)) ?? [];
      if (!handler) return void response.writeHead(404).end();
      request.url = `/${request.url.slice(prefix.length)}`;
      handler(request, response);
    } catch (error) {
      response.destroy(error);
    }
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  const close = () => new Promise((done) => server.close(done).closeAllConnections());
  const add = (prefix, folder) => handlers.unshift(handlerOf([prefix, folder]));
  return { port: server.address().port, add, close };
}
