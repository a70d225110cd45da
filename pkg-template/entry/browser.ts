// This is the entry point in browsers. The client's module is fetched at import; that of bulk calls and its JavaScript with
// the first bulk call. Bundlers that support `new URL(…, import.meta.url)` and `import()` emit each as a separate file. If a
// tool omitted the modules' files, scripts that contain them are loaded instead.

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
