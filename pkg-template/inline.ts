// This is the entry point with the module inside the JavaScript, for bundlers that ship no files beside it. It is
// larger (base64), but needs no configuration anywhere that allows to compile from bytes (workerd does so only while a
// Worker starts). It is here, and not with the other entries, for tools that look at no `exports` (Parcel).

import base64 from "./wasm/client.inline.js";
import { provide } from "./client/module.js";

provide({ now: () => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)) });

export * from "./client/index.js";
