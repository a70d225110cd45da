// The calls into the wasm of one store. All of its state is in this object and the instance: a store's object has no `this`
// that a Proxy could replace.

import { withMessages } from "../client/check-options.js";
import { clientError, invalid } from "../client/errors.js";
import type { Problem } from "../client/types.js";
import { ASK_SEARCH_NOTES, OUTPUT_LENGTH, REPLY_ERROR, REPLY_NONE } from "../generated/boundary.js";
import type { RawStore } from "../wasm/store.js";
import { AnswerReader } from "./answer-reader.js";
import { type StoreErrorCode, storeError } from "./errors.js";
import type { StoreInstance } from "./store-module.js";

/** The calls into one instance. */
export interface StoreCore {
  /** Loads the deferred module, which restoring and saving, exports, notes and compaction need. Rejects with `LOAD_FAILED`. */
  loadDeferred(): Promise<void>;
  /** Calls the wasm. Throws `STORE_CLOSED` after `close`, and `PANIC` after the instance has trapped. */
  call<T>(work: (raw: RawStore) => T): T;
  /**
   * Calls a function that returns whether it succeeded. Otherwise the wasm has the error as JSON text, a list of problems or the
   * code of an error of the store, which is thrown.
   */
  checked(operation: string, work: (raw: RawStore) => boolean): void;
  /**
   * Asks a question of an `ASK` kind, or carries out an operation. Returns the reader of the answer, which is to be read before
   * another call; `undefined` if there is none. Throws the error, as `checked` does. The kinds from `ASK_SEARCH_NOTES` on need the
   * deferred module.
   */
  ask(operation: string, kind: number, subject?: string, options?: string, number?: number): AnswerReader | undefined;
  /** Copies bytes, and after them an ASCII text, into the instance's input. */
  writeInput(bytes: Uint8Array, text?: string): void;
  /** Returns a copy of the bytes of the last saved part. */
  readBytes(): Uint8Array<ArrayBuffer>;
  /** Releases the instance. */
  close(): void;
}

/** Creates the core of an instance. */
export function createCore({ exports, loadDeferred }: StoreInstance, nowMs: number): StoreCore {
  let instance: { readonly memory: WebAssembly.Memory; readonly raw: RawStore } | undefined = {
    memory: exports.memory,
    raw: new exports.RawStore(nowMs),
  };
  // A text may begin with what looks like a byte order mark.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const encoder = new TextEncoder();
  /** The place of the output, which does not move. */
  const output = instance.raw.outputAddress();
  /** Refers to the memory, as the instance does. */
  let load: (() => Promise<void>) | undefined = loadDeferred;
  let panic: unknown;
  const opened = () => {
    if (panic) throw panic;
    if (!instance) throw storeError("STORE_CLOSED");
    return instance;
  };
  const call: StoreCore["call"] = (work) => {
    const { raw } = opened();
    try {
      return work(raw);
    } catch (thrown) {
      // A trap leaves the instance inconsistent. Its memory is released, and every later call throws the same error.
      if (!(thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError)) throw thrown;
      panic = clientError("PANIC", `(${thrown.message})`, { cause: thrown });
      // Engines format a stack when it is first read, and keep the instances of its calls until then.
      void thrown.stack;
      instance = load = undefined;
      throw panic;
    }
  };
  return {
    loadDeferred: () => load?.() ?? Promise.reject(panic ?? storeError("STORE_CLOSED")),
    call,
    checked(operation, work) {
      if (call(work)) return;
      const text = call((raw) => raw.takeText());
      throw errorOf(text, operation);
    },
    ask(operation, kind, subject = "", options = "", number = 0) {
      const name = kind < ASK_SEARCH_NOTES ? "ask" : "askDeferred";
      const reply = call((raw) => raw[name](kind, subject, options, number));
      if (reply === REPLY_NONE) return undefined;
      const { buffer } = opened().memory;
      const [words, count, start, bytes] = new Uint32Array(buffer, output, OUTPUT_LENGTH);
      const text = bytes ? decoder.decode(new Uint8Array(buffer, start, bytes)) : "";
      if (reply === REPLY_ERROR) throw errorOf(text, operation);
      return new AnswerReader(new Uint32Array(buffer, words, count), text);
    },
    writeInput(bytes, text = "") {
      // The allocation may grow the memory, which detaches earlier views.
      const length = bytes.length + text.length;
      const address = call((raw) => raw.allocInput(length));
      if (address === 0) throw storeError("STORE_FULL", "(memory)");
      const input = new Uint8Array(opened().memory.buffer, address, length);
      input.set(bytes);
      if (text) encoder.encodeInto(text, input.subarray(bytes.length));
    },
    readBytes() {
      const address = call((raw) => raw.bytesAddress());
      const length = call((raw) => raw.bytesLength());
      return new Uint8Array(opened().memory.buffer, address, length).slice() as Uint8Array<ArrayBuffer>;
    },
    close() {
      instance = load = undefined;
    },
  };
}

/** The error of a JSON text: a list of problems, or the code of an error of the store. */
function errorOf(text: string, operation: string): Error {
  const found = JSON.parse(text) as Problem[] | { code: StoreErrorCode; detail: string };
  return Array.isArray(found) ? invalid(withMessages(found), operation) : storeError(found.code, `(${found.detail})`);
}
