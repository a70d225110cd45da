// The module of bulk calls inside JavaScript. It is loaded only where the module's file is not found.

import base64 from "./bulk.inline.js";
import { bytesOf } from "./inlined.js";

/** The module's bytes. */
export const bytes = (): Uint8Array<ArrayBuffer> => bytesOf(base64);
