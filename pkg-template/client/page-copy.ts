// Pages that a store takes over as bytes, without an object for each case. It is a file of its own, since the store uses it
// without the client.

/** The key of a page's compact form, until the cases of the page are read. */
export const COMPACT_PAGE: unique symbol = Symbol("compact page");

/** The key of the method of `changes` that yields whole pages. */
export const WHOLE_PAGES: unique symbol = Symbol("whole pages");

/** The compact form of a page. */
export interface CompactPage {
  /** The bytes before the text. */
  readonly bytes: Uint8Array;
  /** The last bytes, if they are not with the others: an ASCII text. */
  readonly text: string;
}

/** A page that may have its compact form. */
export interface MaybeCompact {
  readonly [COMPACT_PAGE]?: CompactPage;
}

/** Whether pages carry their compact form, and make their cases when these are read. A store that is loaded wants that. */
export const pageCopies: { areWanted: boolean } = { areWanted: false };
