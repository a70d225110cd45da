// This is the entry point of bulk calls in browsers: it loads the bulk part at once instead of with the first bulk call, and
// `ready()` waits for it. Service workers need it, since they cannot import later. It is not in `entry/` for tools that ignore
// `exports` (Parcel).

import { bulk } from "./bulk/index.js";
import { provideErrors } from "./client/errors.js";
import { clientForBulk } from "./client/for-bulk.js";
import { preloadBulk, provideBulk } from "./client/wasm-instance.js";
import * as errors from "./client/error-rows.js";
import { bulkUrl } from "./wasm/bulk-url.js";

provideErrors(errors);
provideBulk(bulk(clientForBulk), { later: bulkUrl, inlined: () => import("./wasm/inlined-bulk.js") });
preloadBulk();

export { checkAllCases } from "./client/index.js";
