// What `cisco-support-case/gateway/webhook` exports: what was posted is verified in any runtime with WebCrypto.

import type { CaseRecord } from "../client/index.js";
import { encoder, HMAC, keyOf, SIGNATURE, signed } from "./webhook-signature.js";

/** A change, as it is posted and as it stands in the store. A sync has no `where`, so that no case leaves it. */
export type CaseEvent =
  | {
      /** It is new or was updated, or it left the list of open cases and is closed. */
      type: "changed" | "closed";
      /** The case. */
      case_id: string;
      /** The case as it is now. */
      case: CaseRecord;
      /** When the gateway learnt of it (RFC 3339). */
      at: string;
    }
  | {
      /** It left the list of open cases, and is not to be seen any more, or belongs to somebody else. */
      type: "gone";
      /** The case. */
      case_id: string;
      /** There is none any more. */
      case: null;
      /** When the gateway learnt of it (RFC 3339). */
      at: string;
    };

/** What is posted. */
export interface CaseDelivery {
  /** The same each time it is posted, as in the header `x-case-delivery`. */
  delivery: string;
  /** At most 100, in the order in which they were learnt of. */
  events: CaseEvent[];
}

/** What was posted is not from who has the secret, or not from now. Answer with 400 or 401. */
export class WebhookError extends Error {
  /** Its class. */
  override readonly name: "WebhookError" = "WebhookError";
  /** No header; one that is none; a signature of something else or with another secret; one of another time. */
  readonly code: "MISSING" | "MALFORMED" | "WRONG" | "OLD";

  /** @internal */
  constructor(code: "MISSING" | "MALFORMED" | "WRONG" | "OLD", message: string) {
    super(message);
    this.code = code;
  }
}

// It gives what a body says and no yes or no: a promise of `false` that nobody awaits would pass for yes.
/**
 * Verifies what a gateway's sync has posted and gives what it says; throws {@link WebhookError} where it is not genuine.
 *
 * ```ts
 * const { events } = await verifyWebhook(await request.text(), request.headers, env.WEBHOOK_SECRET);
 * ```
 *
 * @param body As it came, as text or bytes. What was parsed and written again is another.
 * @param headers `Headers`, or an object of them as Node has it.
 * @param secret The gateway's secret; several while one takes the other's place.
 */
export async function verifyWebhook(
  body: string | Uint8Array | ArrayBuffer,
  headers:
    | {
        /** The value of a header. */
        get(name: string): string | null;
      }
    | Record<string, string | string[] | undefined>,
  secret: string | readonly string[],
  options: {
    /** How old a signature may be, and how far clocks may differ, in seconds (300). */
    toleranceSeconds?: number;
  } = {},
): Promise<CaseDelivery> {
  const { toleranceSeconds = 300 } = options;
  const secrets: readonly string[] = typeof secret === "string" ? [secret] : Array.isArray(secret) ? secret : [];
  if (secrets.length === 0 || !secrets.every((one) => typeof one === "string" && one.length > 0)) {
    throw new TypeError("verifyWebhook: expected a secret, or a list of them");
  }
  if (!(typeof toleranceSeconds === "number" && toleranceSeconds > 0)) {
    throw new TypeError("verifyWebhook: toleranceSeconds: expected seconds, more than 0");
  }
  const bytes = bytesOf(body);
  const { seconds, macs } = parsed(headerOf(headers, SIGNATURE));
  const isSigned = await isAnyOf(macs, secrets, signed(seconds, bytes));
  if (!isSigned) throw new WebhookError("WRONG", "The signature is not one of this body with this secret.");
  // Last, so that only who has the secret learns that the time is what is wrong.
  if (Math.abs(Date.now() / 1000 - Number(seconds)) > toleranceSeconds) {
    throw new WebhookError("OLD", "It was signed too long ago, or the clocks differ.");
  }
  return JSON.parse(new TextDecoder().decode(bytes)) as CaseDelivery;
}

/** `verify` compares in constant time. */
async function isAnyOf(
  macs: Uint8Array<ArrayBuffer>[],
  secrets: readonly string[],
  whole: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  let found = false;
  for (const secret of secrets) {
    const key = await keyOf(secret, "verify");
    for (const mac of macs) found = (await crypto.subtle.verify(HMAC, key, mac, whole)) || found;
  }
  return found;
}

function bytesOf(body: unknown): Uint8Array {
  if (typeof body === "string") return encoder.encode(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (Object.prototype.toString.call(body) === "[object ArrayBuffer]") return new Uint8Array(body as ArrayBuffer);
  throw new TypeError(
    "verifyWebhook: expected the body as it came, as text or bytes: what was parsed and written again is another",
  );
}

/** Headers of any runtime: an object with `get`, or members in whatever letters. */
function headerOf(headers: unknown, name: string): unknown {
  const { get } = (headers ?? {}) as { get?: unknown };
  if (typeof get === "function") return get.call(headers, name);
  const found: unknown = Object.entries(headers ?? {}).find(([other]) => other.toLowerCase() === name)?.[1];
  return Array.isArray(found) ? found.join(",") : found;
}

/** The time as it was written, and the signatures; more than a few of them nobody sends. */
function parsed(header: unknown): { seconds: string; macs: Uint8Array<ArrayBuffer>[] } {
  if (typeof header !== "string" || header === "") throw new WebhookError("MISSING", `There is no ${SIGNATURE}.`);
  const parts = header.split(",").map((part) => part.trim());
  const values = (name: string) =>
    parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1));
  const [times, macs] = [values("t"), values("v1").filter((mac) => /^[0-9a-f]{64}$/i.test(mac))];
  const [seconds] = times;
  if (
    seconds === undefined ||
    times.length !== 1 ||
    !/^[0-9]{1,12}$/.test(seconds) ||
    macs.length === 0 ||
    macs.length > 5
  ) {
    throw new WebhookError("MALFORMED", `${SIGNATURE} is not t=<seconds>,v1=<hexadecimal digits>.`);
  }
  return {
    seconds,
    macs: macs.map((mac) => Uint8Array.from(mac.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))),
  };
}
