// The part of an address for an error code: a code of the service may contain spaces and slashes.

/** @param {string} code */
export const slugOf = (code) => code.replace(/[^A-Za-z0-9_]+/g, "-");
