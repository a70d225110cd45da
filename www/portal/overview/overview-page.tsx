// The overview.

import type { ReactNode } from "react";
import { useStore, useStoreVersion } from "../app/store-hooks.js";

/** The numbers of all cases and of the open ones. */
export default function OverviewPage(): ReactNode {
  const store = useStore();
  useStoreVersion();
  const { total, open } = store.overview();
  return (
    <h1>
      {total} cases, {open} open
    </h1>
  );
}
