// The model of the store: a plain implementation of the rules of queries (the table in `src/query/mod.rs`, whose numbers the
// comments cite), written for clarity. Property tests compare the store with it.

const DAY_MS = 86_400_000;

/** Characters that fold to others besides what Unicode's decomposition and lower case give. */
const OWN_LETTERS = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ħ: "h",
  ı: "i",
  ς: "σ",
};

/** The folded form of a text (rule 4.1). */
export function fold(text) {
  const lower = text.normalize("NFKD").toLowerCase().normalize("NFKD");
  return [...lower]
    .map((c) => OWN_LETTERS[c] ?? c)
    .join("")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC");
}

/** Compares two texts by code points. */
function compareCodePoints(a, b) {
  const [x, y] = [[...a], [...b]];
  for (let at = 0; at < Math.min(x.length, y.length); at += 1) {
    if (x[at] !== y[at]) return x[at].codePointAt(0) - y[at].codePointAt(0);
  }
  return x.length - y.length;
}

const UNSPACED = /[\u3040-\u30ff\u3005-\u3007\u3400-\u9fff]/;
const JOINER = /^[-_./:@'’·‐‑]$/;

/** The words of a folded text: runs of letters and digits, with what separates each from the one before. */
function runsOf(folded) {
  const runs = [];
  let separator = "";
  let current = "";
  let isUnspaced = false;
  const end = () => {
    if (current) runs.push({ text: current, separator, isUnspaced });
    if (current) separator = "";
    current = "";
  };
  for (const c of folded) {
    const isWord = /[\p{L}\p{M}\p{N}]/u.test(c);
    if (!isWord) {
      end();
      separator += c;
      continue;
    }
    if (current && UNSPACED.test(c) !== isUnspaced) {
      end();
      separator = "";
    }
    isUnspaced = UNSPACED.test(c);
    current += c;
  }
  end();
  return runs;
}

/** The compounds of a text: each a list of words that single joiners connect, or a run of a script without spaces. */
function compoundsOf(text) {
  const compounds = [];
  for (const { text: word, separator, isUnspaced } of runsOf(fold(text))) {
    const last = compounds.at(-1);
    if (last && !last.isUnspaced && !isUnspaced && JOINER.test(separator)) last.words.push(word);
    else compounds.push({ words: [word], isUnspaced });
  }
  return compounds;
}

const bigramsOf = (run) => {
  const chars = [...run];
  return chars.slice(1).map((c, at) => chars[at] + c);
};

/** The tokens of a text (rules 4.2 and 4.8). */
export function tokensOf(text) {
  return compoundsOf(text).flatMap(({ words, isUnspaced }) => {
    if (isUnspaced) return [...bigramsOf(words[0]), [...words[0]].at(-1)];
    const joined = words.join("");
    return words.length > 1 && [...joined].length <= 64 ? [...words, joined] : words;
  });
}

/** The words of a search, each as its text and its parts (rules 4.6 to 4.8). */
export function wordsOf(text) {
  const words = compoundsOf(text).flatMap(({ words, isUnspaced }) => {
    if (isUnspaced) {
      const bigrams = bigramsOf(words[0]);
      return (bigrams.length > 0 ? bigrams : [words[0]]).map((word) => ({ text: word, parts: [] }));
    }
    const joined = words.join("");
    if (words.length > 1 && [...joined].length <= 64) return [{ text: joined, parts: words }];
    return words.map((word) => ({ text: word, parts: [] }));
  });
  const keys = words.map((word) => JSON.stringify(word));
  return words.filter((_, at) => keys.indexOf(keys[at]) === at);
}

/** The letters and digits of an id, folded (rule 4.3). */
const idKey = (id) => fold(id).replace(/[^\p{L}\p{M}\p{N}]/gu, "");

/** The level of a folded word in a case, `undefined` if it does not match (rules 4.4, 4.5, 4.10 and 5.1). */
function level(word, { record, notes = [] }) {
  let best = 0;
  for (const token of tokensOf(record.title)) {
    if (token === word) best = Math.max(best, 2);
    else if (token.startsWith(word)) best = Math.max(best, 1);
  }
  const ids = [record.case_id, record.serial_number, record.contract_id, ...record.bugs, ...record.rmas];
  for (const [id, hasEnd] of [...ids.map((id) => [id, true]), [record.user_id, false]]) {
    const key = idKey(id);
    const isEnd = hasEnd && [...word].length >= 3 && key.endsWith(word);
    if (key === word) best = 3;
    else if (isEnd || key.startsWith(word) || tokensOf(id).some((token) => token.startsWith(word)))
      best = Math.max(best, 1);
  }
  const isInNotes = () => notes.some((text) => tokensOf(text).some((token) => token.startsWith(word)));
  return best > 0 ? best : isInNotes() ? 0 : undefined;
}

/** The rank of a case for words, `undefined` if one does not match (rules 4.7, 5.2 and 5.3). */
function rankOf(words, held) {
  let rank = 0;
  for (const { text, parts } of words) {
    const ofParts = parts.map((part) => level(part, held));
    const least = parts.length > 0 && !ofParts.includes(undefined) ? Math.min(...ofParts) : undefined;
    const best = Math.max(level(text, held) ?? -1, least ?? -1);
    if (best < 0) return undefined;
    rank += best;
  }
  return rank;
}

const listOf = (value) => (Array.isArray(value) ? value : [value]);
const msOf = (date) => (date === null || date === undefined ? undefined : Date.parse(date));

/** Whether a case is open (rule 7.1). */
export const isOpen = ({ status_flag, status }) => (status_flag ? status_flag === "O" : status !== "Closed");

/** The results of the members of conditions for a case; members without a condition are left out. */
function members(conditions, held, nowMs) {
  const { record } = held;
  const results = [];
  for (const [name, given] of Object.entries(conditions ?? {})) {
    if (given === undefined) continue;
    const within = (ms) =>
      ms !== undefined &&
      (given.from === undefined || msOf(given.from) <= ms) &&
      (given.to === undefined || ms < msOf(given.to));
    const aged = (ms) => {
      if (ms === undefined) return false;
      const days = Math.floor((nowMs - ms) / DAY_MS);
      return (given.min === undefined || given.min <= days) && (given.max === undefined || days <= given.max);
    };
    const isEmptyRange =
      typeof given === "object" && given !== null && !Array.isArray(given) && Object.keys(given).length === 0;
    // Rule 1.7.
    if (isEmptyRange) continue;
    if (name === "text") {
      const words = wordsOf(given);
      if (words.length > 0) results.push(rankOf(words, held) !== undefined);
    } else if (name === "created") results.push(within(msOf(record.creation_date)));
    else if (name === "updated") results.push(within(msOf(record.updated_date)));
    else if (name === "open_for_days") results.push(isOpen(record) && aged(msOf(record.creation_date)));
    else if (name === "quiet_for_days") results.push(aged(msOf(record.updated_date)));
    else if (name === "in_status_for_days") results.push(aged(held.statusSince));
    else if (name === "bug" || name === "rma") {
      const values = record[`${name}s`].length > 0 ? record[`${name}s`] : [""];
      results.push(listOf(given).some((one) => values.includes(one ?? "")));
    } else if (name === "severity") results.push(listOf(given).some((one) => (one ?? null) === record.severity));
    else results.push(listOf(given).some((one) => (one ?? "") === record[name]));
  }
  return results;
}

/** Compares two present or missing values; missing ones are last in both directions (rule 6.2). */
function comparePresent(a, b, order, compare) {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return order === "desc" ? compare(b, a) : compare(a, b);
}

const FOLDED = ["title", "status", "contract_id", "user_id", "technology_name"];
const compareFolded = (a, b) => compareCodePoints(fold(a), fold(b)) || compareCodePoints(a, b);

/** Evaluates a query over cases `{ record, statusSince, lastNote }`. Returns the total and the ids of the window. */
export function evaluate(query, cases, storeNow) {
  const nowMs = query.now === undefined ? storeNow : msOf(query.now);
  const words = wordsOf(query.where?.text ?? "");
  const matching = cases.filter(
    (held) => members(query.where, held, nowMs).every(Boolean) && !members(query.not, held, nowMs).some(Boolean),
  );
  const ranks = new Map(matching.map((held) => [held, rankOf(words, held)]));
  const updated = { by: "updated_date", order: "desc" };
  let sort = query.sort ?? (words.length > 0 ? [{ by: "text", order: "desc" }] : [updated]);
  // Rules 5.4 and 5.5.
  if (words.length === 0) sort = sort.filter(({ by }) => by !== "text");
  if (sort.length === 0) sort = [updated];
  if (sort.at(-1).by === "text" && !sort.some(({ by }) => by === "updated_date")) sort = [...sort, updated];
  const sortValue = (held, by) => {
    const { record } = held;
    if (by === "text") return ranks.get(held);
    if (by === "updated_date" || by === "creation_date") return msOf(record[by]);
    if (by === "status_since") return held.statusSince;
    if (by === "last_note_date") return held.lastNote;
    if (by === "severity") return record.severity ?? undefined;
    return record[by] || undefined;
  };
  matching.sort((a, b) => {
    for (const { by, order = by === "text" ? "desc" : "asc" } of sort) {
      const compare = FOLDED.includes(by) ? compareFolded : by === "case_id" ? compareCodePoints : (x, y) => x - y;
      const result = comparePresent(sortValue(a, by), sortValue(b, by), order, compare);
      if (result !== 0) return result;
    }
    return compareCodePoints(a.record.case_id, b.record.case_id);
  });
  const { offset = 0, limit = 50 } = query;
  return {
    total: matching.length,
    ids: matching.slice(offset, offset + limit).map(({ record }) => record.case_id),
  };
}

/** The fields of a case that every list sends. */
const LISTED = [
  "extra",
  "user_id",
  "title",
  "severity",
  "contact_name",
  "status_flag",
  "status",
  "creation_date",
  "updated_date",
  "serial_number",
  "contract_id",
  "rmas",
  "bugs",
];
/** The fields that only summaries send. */
const TECHNOLOGY = ["technology_name", "sub_technology_name"];

const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const dateOf = (record) => msOf(record.updated_date) ?? -Infinity;
const copyOf = (fields, from) => Object.fromEntries(fields.map((name) => [name, from[name]]));

/** A store of cases by number. */
export class Model {
  constructor(nowMs) {
    this.nowMs = nowMs;
    this.cases = new Map();
  }

  /** Applies a record (rules 9.1 and 9.2). Returns the kind of the change, or `undefined`. */
  apply(given) {
    const date = dateOf(given);
    const hasNames = TECHNOLOGY.some((name) => given[name] !== "");
    const known = this.cases.get(given.case_id);
    if (!known) {
      const technologyDate = hasNames ? date : undefined;
      const statusSince = msOf(given.updated_date);
      this.cases.set(given.case_id, { record: given, statusSince, lastNote: undefined, technologyDate });
      return "new";
    }
    const record = { ...known.record };
    const next = { ...known, record };
    if (date >= dateOf(known.record)) {
      Object.assign(record, copyOf(LISTED, given));
      // Without a change the case has had its status at least since the store first saw it with a date.
      const isKnown = record.status === known.record.status && known.statusSince !== undefined;
      if (!isKnown && date !== -Infinity) next.statusSince = date;
    }
    if (hasNames && (known.technologyDate === undefined || date >= known.technologyDate)) {
      Object.assign(record, copyOf(TECHNOLOGY, given));
      next.technologyDate = date;
    }
    this.cases.set(given.case_id, next);
    if (isSame(record, known.record)) return undefined;
    if (isOpen(known.record) !== isOpen(record)) return isOpen(record) ? "reopened" : "closed";
    return "updated";
  }

  remove(id) {
    return this.cases.delete(id) ? "gone" : undefined;
  }

  query(query) {
    return evaluate(query, [...this.cases.values()], this.nowMs);
  }

  /** Counts of the values of a field, without the conditions on it. */
  facet(query, field) {
    const without = (conditions) => ({ ...conditions, [field]: undefined });
    const { ids } = evaluate(
      { ...query, where: without(query.where), not: without(query.not), offset: 0, limit: Infinity },
      [...this.cases.values()],
      this.nowMs,
    );
    const counts = new Map();
    for (const id of ids) {
      const { record } = this.cases.get(id);
      const list = field === "bug" || field === "rma" ? record[`${field}s`] : [record[field]];
      for (const value of new Set(list.length > 0 ? list : [""])) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return counts;
  }
}
