// The part of the past that the portal holds.

/** The days before today whose cases are read. Each 90 days are a list of the service. */
const DAYS = 800;

/** The first day of the cases that are read: a month's beginning, so that it stays the same for weeks. */
export function startOfHistory(nowMs = Date.now()): string {
  const date = new Date(nowMs - DAYS * 86_400_000);
  return `${date.getUTCFullYear()}-${String(date.getUTCMonth() + 1).padStart(2, "0")}-01T00:00:00Z`;
}
