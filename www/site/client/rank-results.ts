// The order of search results. Pagefind prefers short pages with the words in their titles, so the page of an error would come
// before the section of the guide about its subject.

/** A result of Pagefind, as far as its order needs it. */
export interface Ranked {
  readonly url: string;
  readonly meta: { readonly title: string };
  readonly sub_results: readonly { readonly title: string; readonly url: string; readonly excerpt: string }[];
}

/** A result, and the section of its page that is shown. */
export type Found<R extends Ranked> = { readonly result: R; readonly section: R["sub_results"][number] | undefined };

/**
 * Orders results: first a page whose title is the query, such as an error code; then pages of the guide with a heading that begins
 * with the words of the query, in any grammatical form; then all others as Pagefind found them.
 */
export function rankResults<R extends Ranked>(results: readonly R[], query: string): Found<R>[] {
  const wanted = stemsOf(query);
  const ranked = results.map((result) => {
    const { url, meta, sub_results } = result;
    const isTitle = meta.title.toLowerCase() === query.trim().toLowerCase();
    const section = /\/guide\/[^/]+\//.test(url)
      ? sub_results.find(({ title }) => beginsWith(title, wanted))
      : undefined;
    return { rank: isTitle ? 0 : section ? 1 : 2, found: { result, section: section ?? sub_results[0] } };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ found }) => found);
}

/** Returns words without the endings of English plurals and participles. */
const stemsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).map((word) =>
    word.replace(/(?<=..)(?:ing|ies|ed|es|e|s|y)$/, ""),
  );

function beginsWith(title: string, wanted: readonly string[]): boolean {
  const stems = stemsOf(title);
  return wanted.length > 0 && wanted.every((stem, at) => stem === stems[at]);
}
