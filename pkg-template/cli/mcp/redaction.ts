// Pseudonyms for names, addresses, phone numbers and user ids: those of `export --redact`, made by the store.

import { randomBytes } from "node:crypto";
import { type CaseDetail, type CaseNote, type CaseRecord, CaseStore, type OpenStore } from "../library.js";
import { userKey } from "../../util/user-key.js";

/** Parts of names that are replaced alone: at least so many characters. */
const MIN_NAME_PART = 3;

/** The user ids that are remembered, the last used ones. */
const MAX_USERS = 10_000;

/** The domain of the pseudonyms of addresses, and what stands for it between two passes. */
const PSEUDONYM_DOMAIN = "@example.invalid";
const MARK = "\u0001";

/** A word of a sentence that may be a user id. */
const WORD = /[^\s,;:"'“”‘’()[\]{}<>/?&=]+/g;

/** Returns a word without the full stop of its sentence. */
const withoutStop = (word: string) => word.replace(/\.+$/, "");

/** A text with the names that may be in it. */
interface RedactableText {
  readonly text: string;
  readonly person?: string;
  readonly user?: string;
}

/** Replaces personal data by pseudonyms. */
export class Redaction {
  readonly #secret: string;
  readonly #users = new Map<string, string>();
  #store: Promise<OpenStore> | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  /** With the same secret, equal values have equal pseudonyms in every process. */
  constructor(secret: string | undefined) {
    this.#secret = secret ?? randomBytes(32).toString("hex");
  }

  /** Returns the user id of a pseudonym that was made before. */
  userOf(pseudonym: string): string | undefined {
    return this.#users.get(pseudonym);
  }

  /** Returns records of lists with pseudonyms. */
  async records(records: readonly CaseRecord[]): Promise<Record<string, unknown>[]> {
    const redacted = await this.#export(records);
    for (const [index, { user_id }] of records.entries()) this.#rememberUser(redacted[index]?.["user_id"], user_id);
    return redacted;
  }

  /** Remembers the user id of a pseudonym: it can be used as a condition. */
  #rememberUser(pseudonym: unknown, user_id: string): void {
    if (typeof pseudonym !== "string" || pseudonym === "") return;
    // In the order of their last use.
    this.#users.delete(pseudonym);
    this.#users.set(pseudonym, user_id);
    const [oldest] = this.#users.keys();
    if (oldest !== undefined && this.#users.size > MAX_USERS) this.#users.delete(oldest);
  }

  /** Returns sentences of the service or this program with pseudonyms for these and all known user ids, and for addresses. */
  async sentences(texts: readonly string[], user_ids: readonly string[]): Promise<readonly string[]> {
    if (texts.length === 0) return texts;
    const users = new Map([...this.#users.values(), ...user_ids].map((user_id) => [userKey(user_id), user_id]));
    const words = new Set(texts.flatMap((text) => text.match(WORD) ?? []).map(withoutStop));
    const found = [...words].flatMap((word) => users.get(userKey(word)) ?? []);
    const addresses = [...words].filter((word) => word.includes("@") && !users.has(userKey(word)));
    const originals = [...found, ...addresses];
    const pseudonyms = [...(await this.#userIds(found)), ...(await this.#addresses(addresses))];
    for (const [index, user_id] of found.entries()) this.#rememberUser(pseudonyms[index], user_id);
    const byKey = new Map(originals.map((original, index) => [userKey(original), pseudonyms[index] ?? ""]));
    return texts.map((text) =>
      text.replaceAll(WORD, (word) => {
        const bare = withoutStop(word);
        return (byKey.get(userKey(bare)) ?? bare) + word.slice(bare.length);
      }),
    );
  }

  /** Returns the details of a case with pseudonyms, also in the texts of its notes. */
  async detail(detail: CaseDetail): Promise<CaseDetail> {
    const { owner_name, contact_name, user_id, contact_user_id, owner_email, contact_email_ids, notes } = detail;
    const authors = notes.map(({ created_by }) => created_by);
    const addresses = [owner_email, ...contact_email_ids];
    const people = unique([contact_name, owner_name, ...authors.filter((name) => !name.includes("@"))]);
    const parts = unique(people.flatMap((name) => name.split(/[\s,]+/))).filter(
      (part) => part.length >= MIN_NAME_PART && /^[\p{L}\p{M}'’.-]+$/u.test(part) && !/^cisco$/i.test(part),
    );
    const names = [...people, ...parts];
    const users = unique([user_id, contact_user_id]);
    const free = [
      detail.title,
      detail.tracking_number,
      ...notes.flatMap(({ note, note_detail }) => [note, note_detail]),
    ];
    const [title = "", tracking_number = "", ...noteTexts] = await this.#texts(free, names, users);
    const [owner = "", contact = "", ...authorNames] = await this.#names([owner_name, contact_name, ...authors]);
    const [user = "", contactUser = ""] = await this.#userIds([user_id, contact_user_id]);
    this.#rememberUser(user, user_id);
    this.#rememberUser(contactUser, contact_user_id);
    const [ownerAddress = "", ...contactAddresses] = await this.#addresses(addresses);
    const phones = (numbers: readonly string[]) => numbers.map((_, index) => `phone-${index + 1}`);
    return {
      ...detail,
      title,
      tracking_number,
      owner_name: owner,
      contact_name: contact,
      user_id: user,
      contact_user_id: contactUser,
      owner_email: ownerAddress,
      contact_email_ids: contactAddresses,
      contact_business_phone_numbers: phones(detail.contact_business_phone_numbers),
      contact_mobile_phone_numbers: phones(detail.contact_mobile_phone_numbers),
      notes: notes.map(
        (note, index): CaseNote => ({
          ...note,
          note: noteTexts[2 * index] ?? "",
          note_detail: noteTexts[2 * index + 1] ?? "",
          created_by: authorNames[index] ?? "",
        }),
      ),
    };
  }

  async close(): Promise<void> {
    await (await this.#store)?.close();
  }

  /** Replaces addresses, phone numbers and the given names in texts. */
  async #texts(texts: readonly string[], names: readonly string[], users: readonly string[]): Promise<string[]> {
    let done = [...texts];
    // A pass of the store replaces one name and one user id. Longer names come first: a part may be in them.
    const passes = Math.max(1, names.length, users.length);
    for (let pass = 0; pass < passes; pass += 1) {
      const rows = done.map((text) => ({ text, person: names[pass] ?? "", user: users[pass] ?? "" }));
      const replaced = await this.#rows(rows);
      // The next pass must not replace the addresses of this one.
      done = replaced.map(({ title }) => String(title ?? "").replaceAll(PSEUDONYM_DOMAIN, MARK));
    }
    return done.map((text) => text.replaceAll(MARK, PSEUDONYM_DOMAIN));
  }

  /** Replaces addresses. What does not look like one gets the pseudonym of a person. */
  async #addresses(addresses: readonly string[]): Promise<string[]> {
    const people = await this.#names(addresses);
    const texts = await this.#texts(addresses, [], []);
    return texts.map((text, index) => (text === addresses[index] ? (people[index] ?? "") : text));
  }

  async #names(names: readonly string[]): Promise<string[]> {
    const rows = await this.#rows(names.map((person) => ({ text: "", person })));
    return rows.map((row) => String(row["contact_name"] ?? ""));
  }

  async #userIds(users: readonly string[]): Promise<string[]> {
    const rows = await this.#rows(users.map((user) => ({ text: "", user })));
    return rows.map((row) => String(row["user_id"] ?? ""));
  }

  #rows(texts: readonly RedactableText[]): Promise<Record<string, unknown>[]> {
    return this.#export(
      texts.map(({ text, person = "", user = "" }, index) => ({
        ...BLANK,
        case_id: String(index + 1),
        title: text,
        contact_name: person,
        user_id: user,
      })),
    );
  }

  /** Exports records by a store of their own, one list after the other. They come in their order. */
  #export(records: readonly CaseRecord[]): Promise<Record<string, unknown>[]> {
    const exported = this.#queue.then(async () => {
      if (records.length === 0) return [];
      const store = await (this.#store ??= CaseStore.open());
      try {
        store.apply(records);
        const rows = new Map<unknown, Record<string, unknown>>();
        const stream = store.export({ format: "ndjson", redact: this.#secret });
        const lines = (await new Response(stream).text()).split("\n").filter(Boolean);
        for (const line of lines) {
          const row: Record<string, unknown> = JSON.parse(line);
          rows.set(row["case_id"], row);
        }
        return records.map(({ case_id }) => rows.get(case_id) ?? {});
      } finally {
        store.remove(records.map(({ case_id }) => case_id));
      }
    });
    this.#queue = exported.catch(() => {});
    return exported;
  }
}

const BLANK: Omit<CaseRecord, "case_id" | "title"> = {
  item_entry_id: null,
  user_id: "",
  contact_name: "",
  contract_id: "",
  serial_number: "",
  technology_name: "",
  sub_technology_name: "",
  status: "",
  status_flag: "",
  severity: null,
  creation_date: null,
  updated_date: null,
  bugs: [],
  rmas: [],
  extra: {},
};

const unique = (texts: readonly string[]) =>
  [...new Set(texts.map((text) => text.trim()).filter(Boolean))].sort((one, other) => other.length - one.length);
