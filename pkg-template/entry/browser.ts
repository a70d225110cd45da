// This is the entry point in browsers. The client's module is fetched as soon as the package is imported, that of bulk calls
// and its JavaScript by the first of them; bundlers that know `new URL(…, import.meta.url)` and `import()` ship each as a
// file of its own. Where a tool has left the modules' files behind, scripts that have them inside are loaded instead.

import { provideErrors } from "../client/errors.js";
import { clientForBulk } from "../client/for-bulk.js";
import { provide, provideBulk } from "../client/wasm-instance.js";
import { bulkUrl } from "../wasm/bulk-url.js";
import { pageUrl } from "../wasm/page-url.js";

provide({ later: pageUrl, inlined: () => import("../wasm/inlined-client.js"), isForPages: true });
provideErrors(() => import("../client/error-rows.js"));
provideBulk(async () => (await import("../bulk/index.js")).bulk(clientForBulk), {
  later: bulkUrl,
  inlined: () => import("../wasm/inlined-bulk.js"),
});

export * from "../client/index.js";
