// The reference for all measurements: JSON.parse of the same bytes, without checks.

const decoder = new TextDecoder();

/** The ways from bytes to a string in this runtime. `Buffer` is Node's own, and sometimes the faster one. */
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

/** The name of the fastest bare contender among timed results. */
export const fastestBare = (times) =>
  bare.map(({ name }) => name).reduce((best, name) => (times.get(name).median < times.get(best).median ? name : best));
