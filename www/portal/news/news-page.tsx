// The changes since the page was opened.

import type { ReactNode } from "react";
import { useStore, useStoreVersion } from "../app/store-hooks.js";

/** The number of cases in the store. */
export default function NewsPage(): ReactNode {
  const store = useStore();
  useStoreVersion();
  return <h1>{store.size} cases are known</h1>;
}
