// The calls into the wasm of one store. All of its state is in this object and the instance: a store's object has no `this`
// that a Proxy could replace.

import { withMessages } from "../client/check-options.js";
import { clientError, invalid } from "../client/errors.js";
import type { Problem } from "../client/types.js";
import type { Exports, RawStore } from "../wasm/store.js";
import { type StoreErrorCode, storeError } from "./errors.js";

/** The calls into one instance. */
export interface StoreCore {
  /** Calls the wasm. Throws `STORE_CLOSED` after `close`, and `PANIC` after the instance has trapped. */
  call<T>(work: (raw: RawStore) => T): T;
  /**
   * Calls a function that returns its error as JSON text, `""` for none, and throws it: a list of problems, or the code of an
   * error of the store.
   */
  checked(operation: string, work: (raw: RawStore) => string): void;
  /** Returns the JSON value that the last call has written. */
  takeJson<T>(): T;
  /** Copies bytes into the instance's input. */
  writeInput(bytes: Uint8Array): void;
  /** Returns a copy of the words of the last answer. */
  readAnswer(): Uint32Array;
  /** Returns a copy of the bytes of the last saved part. */
  readBytes(): Uint8Array<ArrayBuffer>;
  /** Releases the instance. */
  close(): void;
}

/** Creates the core of an instance. */
export function createCore(exports: Exports, nowMs: number): StoreCore {
  let instance: { readonly memory: WebAssembly.Memory; readonly raw: RawStore } | undefined = {
    memory: exports.memory,
    raw: new exports.RawStore(nowMs),
  };
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
      instance = undefined;
      throw panic;
    }
  };
  return {
    call,
    checked(operation, work) {
      const text = call(work);
      if (!text) return;
      const found = JSON.parse(text) as Problem[] | { code: StoreErrorCode; detail: string };
      if (Array.isArray(found)) throw invalid(withMessages(found), operation);
      throw storeError(found.code, `(${found.detail})`);
    },
    takeJson<T>() {
      return JSON.parse(call((raw) => raw.takeText())) as T;
    },
    writeInput(bytes) {
      // The allocation may grow the memory, which detaches earlier views.
      const address = call((raw) => raw.allocInput(bytes.length));
      new Uint8Array(opened().memory.buffer, address, bytes.length).set(bytes);
    },
    readAnswer() {
      const address = call((raw) => raw.outputAddress());
      const length = call((raw) => raw.outputLength());
      return new Uint32Array(opened().memory.buffer, address, length >> 2).slice();
    },
    readBytes() {
      const address = call((raw) => raw.bytesAddress());
      const length = call((raw) => raw.bytesLength());
      return new Uint8Array(opened().memory.buffer, address, length).slice() as Uint8Array<ArrayBuffer>;
    },
    close() {
      instance = undefined;
    },
  };
}
