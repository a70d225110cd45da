// One line for each request: who asked for what, and how it came out. No token, no name, no mail.

const encoder = new TextEncoder();
let key: Promise<CryptoKey> | undefined;
let keyFor: string | undefined;

/**
 * The same sixteen digits for the same text, and no way back: it is signed with the client's secret, which readers of the
 * log do not have. Without a secret there is nothing.
 */
export async function pseudonym(secret: string | undefined, text: string | undefined): Promise<string> {
  if (!secret || !text) return "";
  if (!key || keyFor !== secret) {
    // Both at once: another gateway of this Worker may have another secret.
    key = crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    keyFor = secret;
  }
  return hex(await crypto.subtle.sign("HMAC", await key, encoder.encode(text))).slice(0, 16);
}

/** SHA-256 in hexadecimal digits. */
export async function digest(text: string): Promise<string> {
  return hex(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/** Bytes in hexadecimal digits. */
export const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
