// The creation dates of all cases of a sandbox with its default clock.

export const FROM = "2024-05-31T00:00:00Z";
export const TO = "2026-06-01T12:00:00Z";

/** The same range in windows that the service accepts, as parameters. */
export function windows() {
  const length = 90 * 86_400_000;
  const all = [];
  for (let at = Date.parse(FROM); at <= Date.parse(TO); at += length) {
    const [from, to] = [at, Math.min(at + length - 1, Date.parse(TO))].map((ms) => new Date(ms).toISOString());
    all.push(`date_created_from=${from}&date_created_to=${to}`);
  }
  return all;
}
