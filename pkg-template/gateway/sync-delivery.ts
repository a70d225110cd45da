// Delivery of events to the webhook, by the Standard Webhooks specification.

import { SyncError } from "./sync-error.js";
import { type FetchLike, isSafeAddress } from "./upstream-client.js";
import { withAbortTimeout } from "./timeout.js";
import { decodeSecrets, MAX_SIGNATURES, SECRET_FORMAT, signatureHeaders } from "./webhook-signature.js";

/** Timeout of a delivery. */
const DELIVERY_TIMEOUT_MS = 10_000;

/** A webhook whose address and secrets were checked. */
export interface Webhook {
  url: string;
  /** A key for each secret; the delivery is signed with all of them. */
  keys: Uint8Array<ArrayBuffer>[];
}

/** Checks the option `webhook` for an env. Throws `WEBHOOK_NOT_CONFIGURED`. */
export function readWebhook(read: () => { url: string; secret: string | readonly string[] } | undefined): Webhook {
  try {
    const { url, secret } = read() ?? { url: "", secret: "" };
    const keys = decodeSecrets(secret);
    if (isSafeAddress(url) && keys) return { url, keys };
  } catch {
    // The error below names what was expected.
  }
  throw new SyncError(
    "WEBHOOK_NOT_CONFIGURED",
    `webhook: expected { url, secret }: an https address; ${SECRET_FORMAT}, or a list of at most ${MAX_SIGNATURES}`,
  );
}

/** Posts a delivery. Every status but 2xx is an error, and redirects are not followed. */
export async function postDelivery(webhook: Webhook, fetch: FetchLike, id: string, body: string): Promise<void> {
  const headers = {
    "content-type": "application/json",
    ...(await signatureHeaders(id, body, webhook.keys, Math.floor(Date.now() / 1000))),
  };
  let status: number | undefined;
  try {
    await withAbortTimeout(DELIVERY_TIMEOUT_MS, async (signal) => {
      const response = await fetch(webhook.url, { method: "POST", headers, body, redirect: "manual", signal });
      status = response.status;
      await response.body?.cancel();
    });
  } catch {
    // The message of the cause may quote the address, which may contain a secret.
    throw new SyncError(status === undefined ? "WEBHOOK_UNREACHABLE" : `WEBHOOK_HTTP_${status}`);
  }
  if (status === undefined || status < 200 || status > 299) throw new SyncError(`WEBHOOK_HTTP_${status}`);
}
