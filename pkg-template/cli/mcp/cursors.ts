// Cursors: results that go on in a later call.
//
// A cursor names a list that this process remembers, and a position in it. The list is that of the first call, so that no row
// is repeated or left out while cases change. A cursor is signed: it cannot be made up, and is of no use to another identity.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { UsageError } from "../exit-codes.js";

/** The number of lists that are remembered. */
const MAX_LISTS = 64;

/** A remembered list. */
interface RememberedList {
  readonly tool: string;
  readonly principal: string;
  readonly list: unknown;
}

/** The lists that cursors continue. */
export class Cursors {
  readonly #key = randomBytes(32);
  readonly #lists = new Map<string, RememberedList>();

  /** Remembers a list. Returns its id for {@link cursor}. */
  remember(tool: string, principal: string, list: unknown): string {
    const id = randomBytes(9).toString("base64url");
    this.#lists.set(id, { tool, principal, list });
    for (const oldest of this.#lists.keys()) {
      if (this.#lists.size <= MAX_LISTS) break;
      this.#lists.delete(oldest);
    }
    return id;
  }

  /** Returns the cursor of a position in a list. */
  cursor(id: string, position: string): string {
    const body = Buffer.from(`${id} ${position}`).toString("base64url");
    return `${body}.${this.#mac(body)}`;
  }

  /** Returns the list of a cursor with its id and the position. Throws for cursors of others, and for forgotten lists. */
  read<T>(tool: string, principal: string, cursor: string): { id: string; list: T; position: string } {
    const [body = "", mac = ""] = cursor.split(".");
    const expected = Buffer.from(this.#mac(body));
    const given = Buffer.from(mac);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new UsageError(
        `cursor: expected the next_cursor of a result of ${tool}; call ${tool} again without a cursor`,
      );
    }
    const [id = "", position = ""] = Buffer.from(body, "base64url").toString().split(" ");
    const found = this.#lists.get(id);
    if (!found || found.tool !== tool || found.principal !== principal) {
      throw new UsageError(`cursor: it has expired or belongs to another tool; call ${tool} again without a cursor`);
    }
    // The list that was used last is forgotten last.
    this.#lists.delete(id);
    this.#lists.set(id, found);
    return { id, list: found.list as T, position };
  }

  #mac(body: string): string {
    return createHmac("sha256", this.#key).update(body).digest("base64url").slice(0, 22);
  }
}
