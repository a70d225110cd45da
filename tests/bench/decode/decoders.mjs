// The package's decoders by kind of document, and the check of their results before they are timed.

import { difference, normalised } from "../measure/normalised.mjs";

export const decoders = (pkg) => ({
  page: pkg.decodeCasesPage,
  summary: pkg.decodeCaseSummary,
  details: pkg.decodeCaseDetails,
});

const text = new TextDecoder();

/** Throws unless the package decodes every variant as JSON.parse does, in the package's shapes. */
export function proveRight(pkg, documents) {
  for (const { name, kind, variants } of documents) {
    for (const [index, bytes] of variants.entries()) {
      const off = difference(decoders(pkg)[kind](bytes), normalised(kind, JSON.parse(text.decode(bytes))));
      if (off) throw new Error(`"${name}", variant ${index}, is decoded wrongly: ${off}`);
    }
  }
}
