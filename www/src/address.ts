// The part of the address after #: which case is open. It makes Back work, and a case's link can be sent to somebody.

export const caseAddress = (case_id: string): string => `#case/${encodeURIComponent(case_id)}`;

/** The case that the address names; `null` if it names none. */
export function caseInAddress(): string | null {
  const name = /^#case\/(.+)$/.exec(location.hash)?.[1];
  if (name === undefined) return null;
  try {
    return decodeURIComponent(name);
  } catch {
    // Somebody else's percent signs; the check of case ids will say what is wrong.
    return name;
  }
}
