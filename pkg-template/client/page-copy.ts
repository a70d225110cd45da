// Pages that a store takes over as bytes, without an object for each case. It is a file of its own, since the store uses it
// without the client.

/** The key of a page's compact form, until the cases of the page are read. */
export const COMPACT_PAGE: unique symbol = Symbol("compact page");

/** The key of the method of `changes` that yields whole pages. */
export const WHOLE_PAGES: unique symbol = Symbol("whole pages");

/** A page that may have its compact form. */
export interface MaybeCompact {
  readonly [COMPACT_PAGE]?: Uint8Array;
}

/** Whether pages carry their compact form, and make their cases when these are read. A store that is loaded wants that. */
export const pageCopies: { areWanted: boolean } = { areWanted: false };
