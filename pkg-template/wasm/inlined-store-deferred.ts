// The deferred module of the store inside JavaScript. Loaded only if the module's file is not found.

import base64 from "./store-deferred.inline.js";
import { bytesOf } from "./inlined.js";

/** Returns the bytes of the module. */
export const bytes = (): Uint8Array<ArrayBuffer> => bytesOf(base64);
