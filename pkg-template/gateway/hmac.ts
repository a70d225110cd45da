// HMAC-SHA256 and SHA-256 by WebCrypto, which Workers, browsers and Node have.

const encoder = new TextEncoder();

/** The parameters of every key here. */
const HMAC = { name: "HMAC", hash: "SHA-256" };

/** Encodes a string as UTF-8. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text) as Uint8Array<ArrayBuffer>;

/** Imports the bytes of an HMAC-SHA256 key. */
export const importHmacKey = (key: Uint8Array<ArrayBuffer>, use: "sign" | "verify"): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", key, HMAC, false, [use]);

/** Returns the HMAC-SHA256 of some bytes. */
export const signHmac = async (key: CryptoKey, data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.sign(HMAC, key, data));

/** Verifies the HMAC-SHA256 of some bytes in constant time. */
export const verifyHmac = (
  key: CryptoKey,
  mac: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<boolean> => crypto.subtle.verify(HMAC, key, mac, data);

/** Returns the SHA-256 of a string, in hexadecimal digits. */
export const sha256Hex = async (text: string): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));

/** Formats bytes as hexadecimal digits. */
export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
