// The ids of open stores, by which caches tell their answers apart.

/** An id, and the function that makes it free for another store. */
export interface StoreId {
  readonly id: string;
  release(): void;
}

/** The numbers of the open stores by their scope and persistence. */
const taken = new Map<string, Set<number>>();

/**
 * Takes the id of a store that is opened. It is that of its persistence, so that it is the same after a reload; if another store
 * of the scope has it, a number follows.
 */
export function takeStoreId(scope: string, persistence: string): StoreId {
  const key = JSON.stringify([scope, persistence]);
  const numbers = taken.get(key) ?? new Set();
  taken.set(key, numbers);
  let number = 1;
  while (numbers.has(number)) number += 1;
  numbers.add(number);
  return {
    id: number === 1 ? persistence : `${persistence}#${number}`,
    release() {
      numbers.delete(number);
      if (numbers.size === 0 && taken.get(key) === numbers) taken.delete(key);
    },
  };
}
