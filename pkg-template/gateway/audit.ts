// Pseudonyms for the audit log, which contains no token, no name and no e-mail address.

import { importHmacKey, signHmac, toHex, utf8 } from "./hmac.js";

let key: Promise<CryptoKey> | undefined;
let keySecret: string | undefined;

/**
 * Returns 16 hexadecimal digits that are equal for equal texts and cannot be reversed: they are an HMAC with the client
 * secret, which readers of the log do not have. Returns `""` without a secret or a text.
 */
export async function pseudonym(secret: string | undefined, text: string | undefined): Promise<string> {
  if (!secret || !text) return "";
  if (!key || keySecret !== secret) {
    // Both are set before the key is awaited: another gateway of this Worker may have another secret.
    key = importHmacKey(utf8(secret), "sign");
    keySecret = secret;
  }
  return toHex(await signHmac(await key, utf8(text))).slice(0, 16);
}
