// The module `cisco-support-case/gateway/webhook`: verifies deliveries of a gateway's sync in any runtime with WebCrypto.

import type { CaseRecord } from "../client/index.js";
import { importHmacKey, utf8, verifyHmac } from "./hmac.js";
import {
  decodeSecrets,
  fromBase64,
  ID_HEADER,
  MAX_SIGNATURES,
  SECRET_FORMAT,
  SIGNATURE_HEADER,
  signedContent,
  TIMESTAMP_HEADER,
} from "./webhook-signature.js";

/** A change of a case, as it is posted and stored. A sync has no `where`, so there is no `"left"`. */
export type CaseEvent =
  | {
      /** `"changed"`: new or updated. `"closed"`: it left the list of open cases and is closed. */
      type: "changed" | "closed";
      /** The id of the case. */
      case_id: string;
      /** The case in its current state. */
      case: CaseRecord;
      /** The time at which the gateway read the change (RFC 3339). */
      at: string;
    }
  | {
      /** `"gone"`: it left the list of open cases and can no longer be read, or belongs to another contract. */
      type: "gone";
      /** The id of the case. */
      case_id: string;
      /** Always `null`: there is no record to send. */
      case: null;
      /** The time at which the gateway read the change (RFC 3339). */
      at: string;
    };

/** The body of a webhook request. */
export interface CaseDelivery {
  /** The id of the delivery, the same for each attempt, and equal to the header `webhook-id`. */
  delivery: string;
  /** At most 100 events, in the order in which the gateway read them. */
  events: CaseEvent[];
}

/**
 * Reasons to reject a webhook request: a header of Standard Webhooks is missing or malformed, no signature matches the
 * body, or the timestamp is too old or too far in the future.
 */
export type WebhookErrorCode =
  | "HEADER_MISSING"
  | "HEADER_MALFORMED"
  | "SIGNATURE_MISMATCH"
  | "TIMESTAMP_OUT_OF_TOLERANCE";

/** Thrown by {@link verifyWebhook} for a request that is not authentic or not recent. Respond with status 400 or 401. */
export class WebhookError extends Error {
  /** The name of the class. */
  override readonly name: "WebhookError" = "WebhookError";
  /** The reason, as a code. */
  readonly code: WebhookErrorCode;

  /** @internal */
  constructor(code: WebhookErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

// It returns the delivery instead of a boolean: a promise of `false` that nobody awaits would be truthy.
/**
 * Verifies the signature of a webhook request by [Standard Webhooks](https://www.standardwebhooks.com) and returns its
 * body; throws {@link WebhookError} if it is not authentic or not recent.
 *
 * ```ts
 * const { events } = await verifyWebhook(await request.text(), request.headers, env.WEBHOOK_SECRET);
 * ```
 *
 * @param body The raw body, as a string or bytes. A body that was parsed and serialized again has another signature.
 * @param headers `Headers`, or an object of headers as Node has it.
 * @param secret The gateway's secret (`whsec_…`); a list of secrets during rotation.
 */
export async function verifyWebhook(
  body: string | Uint8Array | ArrayBuffer,
  headers:
    | {
        /** Returns the value of a header. */
        get(name: string): string | null;
      }
    | Record<string, string | string[] | undefined>,
  secret: string | readonly string[],
  options: {
    /** The largest difference between the timestamp and now, in seconds (300). */
    toleranceSeconds?: number | undefined;
  } = {},
): Promise<CaseDelivery> {
  const { toleranceSeconds = 300 } = options;
  const keys = decodeSecrets(secret);
  if (!keys) {
    throw new TypeError(`verifyWebhook: secret: expected ${SECRET_FORMAT}, or a list of at most ${MAX_SIGNATURES}`);
  }
  if (!(typeof toleranceSeconds === "number" && toleranceSeconds > 0)) {
    throw new TypeError("verifyWebhook: toleranceSeconds: expected a number of seconds greater than 0");
  }
  const bytes = bodyBytes(body);
  const [id, seconds, signature] = [ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER].map((name) =>
    requiredHeader(headers, name),
  ) as [string, string, string];
  if (!/^[0-9]{1,12}$/.test(seconds)) {
    throw new WebhookError("HEADER_MALFORMED", `${TIMESTAMP_HEADER}: expected whole seconds since 1970.`);
  }
  const macs = parseSignatures(signature);
  if (!(await matchesAny(macs, keys, signedContent(id, seconds, bytes)))) {
    throw new WebhookError(
      "SIGNATURE_MISMATCH",
      "No signature matches this body and secret. Pass the raw body, and the secret that the gateway signs with.",
    );
  }
  // The timestamp is checked last, so that only a sender with the secret learns that the timestamp is the problem.
  if (Math.abs(Date.now() / 1000 - Number(seconds)) > toleranceSeconds) {
    throw new WebhookError(
      "TIMESTAMP_OUT_OF_TOLERANCE",
      `${TIMESTAMP_HEADER} is more than ${toleranceSeconds} s from now: the request was replayed, or the clocks differ.`,
    );
  }
  return JSON.parse(new TextDecoder().decode(bytes)) as CaseDelivery;
}

/** Compares every signature with every key, so that the time does not tell which of them matches. */
async function matchesAny(
  macs: Uint8Array<ArrayBuffer>[],
  keys: Uint8Array<ArrayBuffer>[],
  content: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  let matches = false;
  for (const bytes of keys) {
    const key = await importHmacKey(bytes, "verify");
    for (const mac of macs) matches = (await verifyHmac(key, mac, content)) || matches;
  }
  return matches;
}

/** Returns the bytes of a raw body. */
function bodyBytes(body: unknown): Uint8Array {
  if (typeof body === "string") return utf8(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (Object.prototype.toString.call(body) === "[object ArrayBuffer]") return new Uint8Array(body as ArrayBuffer);
  throw new TypeError(
    "verifyWebhook: body: expected the raw body as a string or bytes; a parsed and serialized body has another signature",
  );
}

/** Returns a header of any runtime's headers: an object with `get`, or members in any case. */
function requiredHeader(headers: unknown, name: string): string {
  const { get } = (headers ?? {}) as { get?: unknown };
  const value: unknown =
    typeof get === "function"
      ? get.call(headers, name)
      : Object.entries(headers ?? {}).find(([other]) => other.toLowerCase() === name)?.[1];
  const joined: unknown = Array.isArray(value) ? value.join(" ") : value;
  if (typeof joined !== "string" || joined === "") throw new WebhookError("HEADER_MISSING", `${name} is missing.`);
  return joined;
}

/** Returns the `v1` signatures of the header; signatures of other versions are ignored. */
function parseSignatures(header: string): Uint8Array<ArrayBuffer>[] {
  const macs = header.split(" ").flatMap((signature) => {
    const mac = signature.startsWith("v1,") ? fromBase64(signature.slice(3)) : undefined;
    return mac?.length === 32 ? [mac] : [];
  });
  if (macs.length === 0 || macs.length > MAX_SIGNATURES) {
    const expected = `1 to ${MAX_SIGNATURES} signatures v1,<Base64 of 32 bytes>, separated by spaces`;
    throw new WebhookError("HEADER_MALFORMED", `${SIGNATURE_HEADER}: expected ${expected}.`);
  }
  return macs;
}
