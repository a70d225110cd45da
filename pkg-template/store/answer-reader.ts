// The reader of the wasm's answers: numbers, and one text of which each text is a part.

/** The word for a missing number. */
const MISSING = 0xffff_ffff;

/** A reader of one answer. It reads the wasm's memory, so it is not kept over another call. */
export class AnswerReader {
  private readonly words: Uint32Array;
  private readonly characters: string;
  private word = 0;
  private character = 0;

  constructor(words: Uint32Array, characters: string) {
    this.words = words;
    this.characters = characters;
  }

  /** Returns the next number. */
  number(): number {
    return this.words[this.word++]!;
  }

  /** Returns the next number, or `null` if it is missing. */
  optional(): number | null {
    const number = this.number();
    return number === MISSING ? null : number;
  }

  /** Returns the next text. */
  text(): string {
    const start = this.character;
    this.character += this.number();
    return this.characters.slice(start, this.character);
  }

  /** Returns the next list. */
  list<T>(read: (reader: AnswerReader) => T): T[] {
    const items: T[] = [];
    for (let left = this.number(); left > 0; left -= 1) items.push(read(this));
    return items;
  }

  /** Returns all words that are left. */
  rest(): number[] {
    return Array.from(this.words.subarray(this.word));
  }
}
