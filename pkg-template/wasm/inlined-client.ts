// The client's module inside JavaScript. It is loaded only where the module's file is not found.

import base64 from "./client.inline.js";
import { bytesOf } from "./inlined.js";

/** The module's bytes. */
export const bytes = (): Uint8Array<ArrayBuffer> => bytesOf(base64);
