// The signature of what is posted, for both ends. Nothing here needs a Worker: any runtime with WebCrypto verifies.

export const SIGNATURE = "x-case-signature";
export const DELIVERY = "x-case-delivery";

export const encoder = new TextEncoder();
export const HMAC = { name: "HMAC", hash: "SHA-256" };

/** The key of a secret. */
export const keyOf = (secret: string, use: "sign" | "verify"): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", encoder.encode(secret), HMAC, false, [use]);

/** What is signed: the time, so that an old one cannot be given a new time, and the body as it is sent. */
export function signed(seconds: number | string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(`${seconds}.`);
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}

/** The header for a body. */
export async function sign(body: string, secret: string, seconds: number): Promise<string> {
  const mac = await crypto.subtle.sign(HMAC, await keyOf(secret, "sign"), signed(seconds, encoder.encode(body)));
  return `t=${seconds},v1=${Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
