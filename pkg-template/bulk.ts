// This is the entry point of bulk calls in browsers: it loads at once what else the first of them would load, and
// `ready()` waits for it. Service workers need it, where nothing can be imported later. It is here, and not with the other
// entries, for tools that look at no `exports` (Parcel).

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
