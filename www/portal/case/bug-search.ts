// Addresses of the public Bug Search Tool.

const BUG = /^CSC[a-z]{2}\d{5}$/i;

/** Returns the page of a bug, or `undefined` for a text that is no identifier of one. */
export function bugUrl(bug: string): string | undefined {
  if (!BUG.test(bug)) return undefined;
  // The prefix is in upper case, and the letters after it are in lower case.
  const id = `CSC${bug.slice(3).toLowerCase()}`;
  return `https://bst.cloudapps.cisco.com/bugsearch/bug/${id}`;
}
