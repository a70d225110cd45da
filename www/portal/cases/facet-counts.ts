// The counts of facets, one field after the other in tasks between which the page answers keys. A new query cancels the counts
// of an older one; a change of the store does not, or a long fill would never show any.

import type { CaseQuery, CaseStore, FacetField, FacetValue } from "cisco-support-case/store";
import { createRest } from "../ui/rest.js";

/** The counts of fields. */
export type FacetCounts = { readonly [F in FacetField]?: readonly FacetValue[] };

/** Counts the values of fields, for one query at a time. */
export class FacetCounter {
  private readonly store: Pick<CaseStore, "facets">;
  private readonly onCounts: (counts: FacetCounts) => void;
  private readonly createRest: typeof createRest;
  private wanted: { readonly query: CaseQuery; readonly fields: readonly FacetField[] } | null = null;
  private isCounting = false;
  /** Whether the store has changed since the present counts began. */
  private isOutdated = false;

  /** `onCounts` is called with the counts of all fields of a query at once. */
  constructor(
    store: Pick<CaseStore, "facets">,
    onCounts: (counts: FacetCounts) => void,
    createRests: typeof createRest = createRest,
  ) {
    this.store = store;
    this.onCounts = onCounts;
    this.createRest = createRests;
  }

  /** Counts the values of fields in tasks from now on. The same query and fields as before are counted again afterwards. */
  count(query: CaseQuery, fields: readonly FacetField[]): void {
    const isSame = this.wanted?.query === query && this.wanted.fields === fields;
    if (isSame && this.isCounting) {
      this.isOutdated = true;
      return;
    }
    this.wanted = { query, fields };
    this.isOutdated = false;
    void this.run();
  }

  /** Ends counting. The store may be closed afterwards. */
  stop(): void {
    this.wanted = null;
  }

  private async run(): Promise<void> {
    const { wanted } = this;
    if (!wanted) return;
    this.isCounting = true;
    const rest = this.createRest();
    const counts: { [F in FacetField]?: readonly FacetValue[] } = {};
    for (const field of wanted.fields) {
      await rest();
      if (this.wanted !== wanted) return;
      counts[field] = this.store.facets(wanted.query, [field])[field];
    }
    this.isCounting = false;
    this.onCounts(counts);
    if (this.isOutdated) this.count(wanted.query, wanted.fields);
  }
}
