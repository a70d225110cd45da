// The URL's fragment as the route of the open case, so that Back works and a link to a case can be shared.

export const caseHash = (case_id: string): string => `#case/${encodeURIComponent(case_id)}`;

/** The case id in the fragment, or `null`. */
export function caseInHash(): string | null {
  const name = /^#case\/(.+)$/.exec(location.hash)?.[1];
  if (name === undefined) return null;
  try {
    return decodeURIComponent(name);
  } catch {
    // Malformed percent-encoding: the check of case ids reports it.
    return name;
  }
}
