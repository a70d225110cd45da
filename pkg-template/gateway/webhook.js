// The signature of what is posted, for both ends. Nothing here needs a Worker: any runtime with WebCrypto verifies.

export const SIGNATURE = "x-case-signature";
export const DELIVERY = "x-case-delivery";

const encoder = new TextEncoder();
const HMAC = { name: "HMAC", hash: "SHA-256" };

const keyOf = (secret, use) => crypto.subtle.importKey("raw", encoder.encode(secret), HMAC, false, [use]);

/** What is signed: the time, so that an old one cannot be given a new time, and the body as it is sent. */
function signed(seconds, body) {
  const head = encoder.encode(`${seconds}.`);
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}

/** The header for a body. */
export async function sign(body, secret, seconds) {
  const mac = await crypto.subtle.sign(HMAC, await keyOf(secret, "sign"), signed(seconds, encoder.encode(body)));
  return `t=${seconds},v1=${Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** What was posted is not from who has the secret, or not from now. */
export class WebhookError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "WebhookError";
    this.code = code;
  }
}

/**
 * What a verified body says. It gives that and no yes or no: a promise of `false` that nobody awaits would pass for yes.
 */
export async function verifyWebhook(body, headers, secret, { toleranceSeconds = 300 } = {}) {
  const secrets = Array.isArray(secret) ? secret : [secret];
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
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** `verify` compares in constant time. */
async function isAnyOf(macs, secrets, whole) {
  let found = false;
  for (const secret of secrets) {
    const key = await keyOf(secret, "verify");
    for (const mac of macs) found = (await crypto.subtle.verify(HMAC, key, mac, whole)) || found;
  }
  return found;
}

function bytesOf(body) {
  if (typeof body === "string") return encoder.encode(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (Object.prototype.toString.call(body) === "[object ArrayBuffer]") return new Uint8Array(body);
  throw new TypeError("verifyWebhook: expected the body as it came, as text or bytes: what was parsed and written again is another");
}

/** Headers of any runtime: an object with `get`, or members in whatever letters. */
function headerOf(headers, name) {
  if (typeof headers?.get === "function") return headers.get(name);
  const found = Object.entries(headers ?? {}).find(([other]) => other.toLowerCase() === name)?.[1];
  return Array.isArray(found) ? found.join(",") : found;
}

/** The time as it was written, and the signatures; more than a few of them nobody sends. */
function parsed(header) {
  if (typeof header !== "string" || header === "") throw new WebhookError("MISSING", `There is no ${SIGNATURE}.`);
  const parts = header.split(",").map((part) => part.trim());
  const values = (name) => parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1));
  const [times, macs] = [values("t"), values("v1").filter((mac) => /^[0-9a-f]{64}$/i.test(mac))];
  if (times.length !== 1 || !/^[0-9]{1,12}$/.test(times[0]) || macs.length === 0 || macs.length > 5) {
    throw new WebhookError("MALFORMED", `${SIGNATURE} is not t=<seconds>,v1=<hexadecimal digits>.`);
  }
  return { seconds: times[0], macs: macs.map((mac) => Uint8Array.from(mac.match(/../g), (pair) => Number.parseInt(pair, 16))) };
}
