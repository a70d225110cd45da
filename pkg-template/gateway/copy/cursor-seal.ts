// The encryption of cursors. A cursor has versions, which count everybody's changes, so its reader must not see them.
//
// The nonce is an HMAC of the text, so equal cursors have equal texts: an answer does not change unless its page does. The
// key is derived from the client secret; with another secret, a cursor is refused, and the reader begins anew.

import { importHmacKey, signHmac, utf8 } from "../hmac.js";

const ALGORITHM = "AES-GCM";
const NONCE_BYTES = 12;

/** The longest text that is decrypted; a cursor has about 250 characters. */
const MAX_TEXT_LENGTH = 1000;

/** A cursor as readers get it. */
export interface SealedCursor {
  text: string;
  /** A short text that is equal for equal cursors. */
  tag: string;
}

interface Keys {
  encryption: CryptoKey;
  nonce: CryptoKey;
}

/** The seal of a gateway's cursors. */
export class CursorSeal {
  #secret: string | undefined;
  #keys: Promise<Keys> | undefined;

  /** Encrypts the text of a cursor for an owner. */
  async seal(secret: string, owner: string, text: string): Promise<SealedCursor> {
    const { encryption, nonce } = await this.#keysOf(secret);
    const additionalData = utf8(owner);
    const iv = (await signHmac(nonce, utf8(`${owner}\n${text}`))).slice(0, NONCE_BYTES);
    const encrypted = await crypto.subtle.encrypt({ name: ALGORITHM, iv, additionalData }, encryption, utf8(text));
    return { text: encode(new Uint8Array([...iv, ...new Uint8Array(encrypted)])), tag: encode(iv) };
  }

  /** Decrypts a cursor of an owner; `undefined` if it is another's, or was changed. */
  async open(secret: string, owner: string, text: string): Promise<string | undefined> {
    if (text.length > MAX_TEXT_LENGTH || !/^[\w-]+$/.test(text)) return undefined;
    const { encryption } = await this.#keysOf(secret);
    try {
      const bytes = decode(text);
      const algorithm = { name: ALGORITHM, iv: bytes.slice(0, NONCE_BYTES), additionalData: utf8(owner) };
      const opened = new TextDecoder().decode(
        await crypto.subtle.decrypt(algorithm, encryption, bytes.slice(NONCE_BYTES)),
      );
      // Base64 may have several texts for the same bytes.
      return encode(bytes) === text ? opened : undefined;
    } catch {
      return undefined;
    }
  }

  #keysOf(secret: string): Promise<Keys> {
    if (!this.#keys || this.#secret !== secret) {
      this.#keys = deriveKeys(secret);
      this.#secret = secret;
    }
    return this.#keys;
  }
}

async function deriveKeys(secret: string): Promise<Keys> {
  const main = await importHmacKey(utf8(secret), "sign");
  const derived = (use: string) => signHmac(main, utf8(`cisco-support-case feed cursor ${use}`));
  return {
    encryption: await crypto.subtle.importKey("raw", await derived("encryption"), ALGORITHM, false, [
      "encrypt",
      "decrypt",
    ]),
    nonce: await importHmacKey(await derived("nonce"), "sign"),
  };
}

const encode = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (char) => ({ "+": "-", "/": "_" })[char] ?? "");

const decode = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/[-_]/g, (char) => (char === "-" ? "+" : "/"))), (char) => char.charCodeAt(0));
