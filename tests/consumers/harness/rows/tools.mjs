// Programs, versions, time limits and servers of the tools.

import { once } from "node:events";
import { copyFileSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { startServer } from "../commands.mjs";
/** Time limits of a tool and of a page, in seconds. */
export const SECONDS = 180;
export const PAGE_TIMEOUT = { seconds: 30 };

/** The program of a tool, by its name. A path selects one of several versions whose programs have the same name. */
export const bin = (installed, name) => join(installed, name.includes("/") ? "" : ".bin", name);

/** The version of an installed package. */
export const versionOf =
  (name) =>
  ({ installed }) => {
    const { version } = JSON.parse(readFileSync(join(installed, name, "package.json"), "utf8"));
    return version;
  };

/** The installed Chromium: its version depends on the machine. */
export const chromium = () => "Chromium";

/** One of the tests' own tools: its version, and the path of its program. */
export function ownTool(name) {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { version, bin: programs } = JSON.parse(readFileSync(manifest, "utf8"));
  return { version: () => version, path: (program) => join(dirname(manifest), programs[program]) };
}

/** Copies the files of the documented command, for a page or for a server. */
export function copyModules(installed, dist, client = "page") {
  for (const name of [`${client}.wasm`, "bulk.wasm"])
    copyFileSync(join(installed, "cisco-support-case/wasm", name), join(dist, name));
}

/** Concurrently started wranglers compete for ports. */
let lastWrangler = Promise.resolve();

/** Starts wrangler, once the previous ones are ready. */
export function wranglerDev(program, args, sandbox, options) {
  const all = [...args, "dev", "--port", "0", "--var", `SANDBOX:${sandbox}`];
  const server = lastWrangler.then(() => startServer(program, all, options, /Ready on (http:\/\/\S+)/));
  lastWrangler = server.then(
    () => {},
    () => {},
  );
  return server;
}

/** Returns a port that no server uses. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
