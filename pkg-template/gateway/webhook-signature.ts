// Signatures of webhooks by the Standard Webhooks specification (https://www.standardwebhooks.com), for sender and
// receiver. Every runtime with WebCrypto can verify them.
//
//   webhook-id         id of the delivery, the same for each attempt to deliver it
//   webhook-timestamp  time of the attempt, in whole seconds since 1970
//   webhook-signature  signatures separated by spaces, each `v1,` and the Base64 of an HMAC-SHA256 of
//                      `<webhook-id>.<webhook-timestamp>.<body>`
//
// A secret is `whsec_` and the Base64 of 24 to 64 random bytes. While a secret is rotated, the sender signs with both.

import { importHmacKey, signHmac, utf8 } from "./hmac.js";

export const ID_HEADER = "webhook-id";
export const TIMESTAMP_HEADER = "webhook-timestamp";
export const SIGNATURE_HEADER = "webhook-signature";

/** The largest number of secrets, and of signatures of one delivery. A rotation needs two. */
export const MAX_SIGNATURES = 5;

/** The format of a secret, for messages. */
export const SECRET_FORMAT = "whsec_ followed by the Base64 of 24 to 64 random bytes";

const SECRET_PREFIX = "whsec_";

/** Decodes a secret to the bytes of its key. Returns `undefined` if it is none. */
function decodeSecret(secret: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof secret !== "string" || !secret.startsWith(SECRET_PREFIX)) return undefined;
  const key = fromBase64(secret.slice(SECRET_PREFIX.length));
  return key && key.length >= 24 && key.length <= 64 ? key : undefined;
}

/** Decodes one secret or a list of them to keys. Returns `undefined` if one is invalid, or there is none or too many. */
export function decodeSecrets(secrets: unknown): Uint8Array<ArrayBuffer>[] | undefined {
  const list: unknown[] = Array.isArray(secrets) ? secrets : [secrets];
  const keys = list.map(decodeSecret).filter((key) => key !== undefined);
  return keys.length === list.length && keys.length > 0 && keys.length <= MAX_SIGNATURES ? keys : undefined;
}

/** Decodes Base64, with or without padding. Returns `undefined` if it is none. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Returns the bytes that are signed: id, timestamp and the body as it is sent. */
export function signedContent(id: string, seconds: number | string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = utf8(`${id}.${seconds}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  return content;
}

/** Returns the three headers of a delivery, with a signature for each key. */
export async function signatureHeaders(
  id: string,
  body: string,
  keys: readonly Uint8Array<ArrayBuffer>[],
  seconds: number,
): Promise<Record<string, string>> {
  const content = signedContent(id, seconds, utf8(body));
  const sign = async (key: Uint8Array<ArrayBuffer>) => {
    const mac = await signHmac(await importHmacKey(key, "sign"), content);
    return `v1,${btoa(String.fromCharCode(...mac))}`;
  };
  const signatures = await Promise.all(keys.map(sign));
  return { [ID_HEADER]: id, [TIMESTAMP_HEADER]: String(seconds), [SIGNATURE_HEADER]: signatures.join(" ") };
}
