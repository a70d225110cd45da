// Proxies of the environment. Node's own fetch ignores HTTPS_PROXY and its like up to Node 23; undici's does not.

import type { FetchLike } from "./library.js";
const NAMES = ["https_proxy", "http_proxy"] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy of a URL's scheme, without its credentials; `undefined` without one. */
export function proxyFor(url: URL, environment: Environment): string | undefined {
  if (isExcluded(url, variable("no_proxy", environment))) return undefined;
  const proxy = variable(url.protocol === "http:" ? "http_proxy" : "https_proxy", environment);
  if (!proxy) return undefined;
  try {
    const { protocol, host } = new URL(proxy);
    return `${protocol}//${host}`;
  } catch {
    return "an address that is not valid";
  }
}

/** Whether NO_PROXY names a host: `*`, a name, a domain and its hosts, each with or without a port. */
function isExcluded({ hostname, port, protocol }: URL, list = ""): boolean {
  const own = port || (protocol === "http:" ? "80" : "443");
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true;
    const [, name = "", entryPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    if (name === "" || (entryPort && entryPort !== own)) return false;
    return hostname === name || hostname.endsWith(`.${name}`);
  });
}

const variable = (name: string, environment: Environment) => environment[name] || environment[name.toUpperCase()];

/** Returns a `fetch` that uses the proxies of the environment; `undefined` without any, for the runtime's own. */
export async function proxiedFetch(environment: Environment): Promise<FetchLike | undefined> {
  const [httpsProxy, httpProxy] = NAMES.map((name) => variable(name, environment));
  if (!httpsProxy && !httpProxy) return undefined;
  // Bundled as a CommonJS module, it has no other export.
  const { EnvHttpProxyAgent, fetch } = (await import("undici")).default;
  const noProxy = variable("no_proxy", environment);
  const dispatcher = new EnvHttpProxyAgent({
    ...(httpsProxy && { httpsProxy }),
    ...(httpProxy && { httpProxy }),
    ...(noProxy && { noProxy }),
  });
  return (url, init) => fetch(url, { ...init, dispatcher }) as unknown as Promise<Response>;
}
