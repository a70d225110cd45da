// The reader of the signed-in identity, for components.

import { useSyncExternalStore } from "react";
import { useSession } from "../app/store-hooks.js";
import { createReader, type Reader } from "./reader.js";
import { readerChannel, readerStorage } from "./reader-browser.js";
import type { ReaderState } from "./reader-state.js";

const readers = new Map<string, Reader>();

/** Returns the reader of an identity: one for the whole page. */
export function readerOf(identity: string): Reader {
  let reader = readers.get(identity);
  if (!reader) readers.set(identity, (reader = createReader(identity, readerStorage(), readerChannel())));
  return reader;
}

/** The reader of the signed-in identity. */
export const useReader = (): Reader => readerOf(useSession().identity);

/** The state of that reader. */
export function useReaderState(): ReaderState {
  const { subscribe, getSnapshot } = useReader();
  return useSyncExternalStore(subscribe, getSnapshot);
}

/** Whether what the reader does with cases is not saved in this browser. */
export function useIsReaderUnsaved(): boolean {
  const reader = useReader();
  return useSyncExternalStore(reader.subscribe, () => reader.error !== null);
}
