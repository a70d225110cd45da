// Severities and statuses as badges: by text and shape, never by colour alone.

import type { ReactNode } from "react";
import "./badges.css";

const STATUS_CLASSES: Readonly<Record<string, string>> = {
  "Cisco Pending": "cisco",
  "Cisco Release Pending": "release",
  "Close Pending": "closing",
  Closed: "closed",
  "Customer Pending": "customer",
  "Service Order Pending": "order",
};

/** A severity as a badge. */
export function SeverityBadge({ severity }: { severity: number | null }): ReactNode {
  return (
    <span className={`severity-badge severity-${severity ?? "none"}`}>
      <span className="visually-hidden">Severity </span>
      {severity ?? "–"}
    </span>
  );
}

/** A status as a badge. The set is open: an unknown status is shown as it is. */
export function StatusBadge({ status }: { status: string }): ReactNode {
  return <span className={`status-badge status-${STATUS_CLASSES[status] ?? "other"}`}>{status || "No status"}</span>;
}
