// The measure of all: JSON.parse from the same bytes, nothing checked.

const decoder = new TextDecoder();

/** The ways from bytes to a text that this runtime has. `Buffer` is Node's own, and at times the faster one. */
export const WAYS = [
  { name: "TextDecoder", text: (bytes) => decoder.decode(bytes) },
  ...(globalThis.Buffer
    ? [
        {
          name: "Buffer",
          text: ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength).toString(),
        },
      ]
    : []),
];

/** Contenders that parse and check nothing. */
export const bare = WAYS.map(({ name, text }) => ({
  name: `JSON.parse by ${name}`,
  run: (bytes) => JSON.parse(text(bytes)),
}));

/** The name of the fastest of those among timed results. */
export const fastestBare = (times) =>
  bare.map(({ name }) => name).reduce((best, name) => (times.get(name).median < times.get(best).median ? name : best));
