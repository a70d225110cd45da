// The badge of the navigation: the number of cases with unread changes.

import type { ReactNode } from "react";

/** The badge; empty without unread changes. */
export default function NewsBadge(): ReactNode {
  return null;
}
