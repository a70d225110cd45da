// The check for a body, which no request of a client has.

import { withTimeout } from "./timeout.js";

/**
 * Whether a request has a body. A proxy may send an empty one in chunks, so without a Content-Length the first byte is
 * awaited, from a clone: code that wraps this handler can still read the body.
 */
export async function hasRequestBody(request: Request, timeoutMs: number): Promise<boolean> {
  const { headers, body, bodyUsed, method } = request;
  const length = headers.get("content-length");
  if (Number(length ?? 0) > 0) return true;
  if (!body || length !== null) return false;
  // A method other than GET is refused with or without a body.
  if (bodyUsed || method !== "GET") return true;
  try {
    const reader = request.clone().body?.getReader();
    if (!reader) return false;
    const end = Date.now() + timeoutMs;
    try {
      for (;;) {
        const { done, value } = await withTimeout(reader.read(), end - Date.now());
        if (done) return false;
        if (value.length > 0) return true;
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  } catch {
    return true;
  }
}
