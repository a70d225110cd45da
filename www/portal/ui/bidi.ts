// Texts of strangers in mixed directions. An element with `dir="auto"` isolates a text from its neighbours, but a text can end
// the isolation by a control character without a partner (U+2069), or reverse what follows (U+202E).

const LRI = 0x2066;
const FSI = 0x2068;
const PDI = 0x2069;
const LRE = 0x202a;
const PDF = 0x202c;
const RLO = 0x202e;
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/;

/**
 * Returns a text whose bidirectional controls are balanced: ends without a beginning are removed, and beginnings without an end
 * are ended. A text without controls is returned unchanged.
 */
export function balanced(text: string): string {
  if (!CONTROLS.test(text)) return text;
  let result = "";
  /** The ends of the controls that are open, the innermost last. */
  const open: number[] = [];
  const close = (end: number) => {
    result += String.fromCharCode(end);
  };
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code === PDI) {
      // The end of an isolate also ends the embeddings within it.
      const begin = open.lastIndexOf(PDI);
      if (begin === -1) continue;
      for (const end of open.splice(begin).reverse()) close(end);
      continue;
    }
    if (code === PDF) {
      if (open.at(-1) !== PDF) continue;
      open.pop();
    } else if (code >= LRI && code <= FSI) open.push(PDI);
    else if (code >= LRE && code <= RLO) open.push(PDF);
    result += char;
  }
  for (const end of open.reverse()) close(end);
  return result;
}

/** Returns a text isolated by controls, for places without elements: the document's title, notifications. */
export const isolated = (text: string): string => `\u2068${balanced(text)}\u2069`;
