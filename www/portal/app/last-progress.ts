// The time at which the cases that this browser keeps were last read, for a page that starts without a connection.

/** The place of the times: a part of `localStorage` that never throws. */
export type ProgressStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const keyOf = (identity: string): string => `portal.read.${identity}`;

/** Keeps the time at which the cases of an identity were read, in milliseconds since 1970. */
export function keepProgress(storage: ProgressStorage, identity: string, at: number): void {
  storage.setItem(keyOf(identity), String(at));
}

/** Returns the time at which the cases of an identity were read; `null` if it is not known, or is in the future. */
export function keptProgress(storage: ProgressStorage, identity: string, now = Date.now()): number | null {
  const at = Number(storage.getItem(keyOf(identity)) ?? Number.NaN);
  return at > 0 && at <= now ? at : null;
}

/** Forgets the time of an identity. */
export function forgetProgress(storage: ProgressStorage, identity: string): void {
  storage.removeItem(keyOf(identity));
}
