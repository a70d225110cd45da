// The choices for putting a case off, as times in the reader's own zone.

/** A choice: its name, and the time at which the case comes back; `null` for the next change. */
export interface SnoozeChoice {
  readonly id: string;
  readonly label: string;
  readonly until: number | null;
}

/** The hour at which cases come back in the morning. */
const MORNING = 8;

function morning(nowMs: number, days: number): number {
  const date = new Date(nowMs);
  date.setDate(date.getDate() + days);
  date.setHours(MORNING, 0, 0, 0);
  return date.getTime();
}

/** Returns the choices at a time. Each of them ends earlier if the case changes. */
export function snoozeChoices(nowMs: number): readonly SnoozeChoice[] {
  const daysToMonday = (8 - new Date(nowMs).getDay()) % 7 || 7;
  const choices: SnoozeChoice[] = [
    { id: "hours", label: "In 3 hours", until: nowMs + 3 * 3_600_000 },
    { id: "tomorrow", label: "Tomorrow morning", until: morning(nowMs, 1) },
    { id: "three-days", label: "In 3 days", until: morning(nowMs, 3) },
    { id: "monday", label: "On Monday", until: morning(nowMs, daysToMonday) },
    { id: "two-weeks", label: "In 2 weeks", until: morning(nowMs, 14) },
    { id: "change", label: "When it changes", until: null },
  ];
  // On a Sunday, tomorrow is Monday.
  return choices.filter(({ until }, at) => choices.findIndex((other) => other.until === until) === at);
}
