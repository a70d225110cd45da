// The browser's storage of texts. What it refuses, as it is blocked or full, is kept until the page is left.

const refused = new Map<string, string>();

/** Runs an action on the browser's storage; `undefined` if it is refused. */
function attempt<T>(action: (storage: Storage) => T): T | undefined {
  try {
    return action(localStorage);
  } catch {
    return undefined;
  }
}

/** A part of `localStorage` that never throws. */
export const storage = {
  getItem: (key: string): string | null => refused.get(key) ?? attempt((kept) => kept.getItem(key)) ?? null,
  setItem(key: string, value: string): void {
    refused.set(key, value);
    attempt((kept) => {
      kept.setItem(key, value);
      refused.delete(key);
    });
  },
  removeItem(key: string): void {
    refused.delete(key);
    attempt((kept) => kept.removeItem(key));
  },
};
