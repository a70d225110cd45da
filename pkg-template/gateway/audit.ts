// The audit log, which contains no token, no name and no e-mail address, and pseudonyms of persons.

import { importHmacKey, signHmac, toHex, utf8 } from "./hmac.js";
import type { GatewayOptions } from "./options.js";
import { readCredentials } from "./upstream-client.js";

/** Data of a request for its audit entry. */
export interface AuditRecord {
  requestId: string;
  /** Numbers of requests to the service: of each look-up, and of a refresh that goes on after the response. */
  attempts: (number | Promise<number>)[];
  cache: string;
  route?: string;
  ids?: string[];
  tenant?: string;
  subject?: string;
  code?: string;
}

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

/** Passes the audit entry of a request to the option `audit`. Its pseudonyms are empty if `credentials` fails. */
export async function writeAudit<Env>(
  options: GatewayOptions<Env>,
  record: AuditRecord,
  status: number,
  ms: number,
  env: Env,
): Promise<void> {
  const { audit = (entry) => console.log(JSON.stringify(entry)) } = options;
  if (!audit) return;
  const time = new Date().toISOString();
  const { clientSecret: secret } = await readCredentials(options, env);
  const { ids = [], tenant = "" } = record;
  const attempts = (await Promise.all(record.attempts)).reduce((sum, count) => sum + count, 0);
  await audit({
    time,
    requestId: record.requestId,
    who: await pseudonym(secret, record.subject),
    tenant: /^[0-9a-f]{64}$/.test(tenant) ? tenant.slice(0, 16) : tenant,
    route: record.route ?? "",
    // A user id is personal data.
    ids: record.route === "casesByUser" ? await Promise.all(ids.map((id) => pseudonym(secret, id))) : ids,
    outcome: record.code || "ok",
    status,
    cache: record.cache,
    attempts,
    ms,
  });
}
