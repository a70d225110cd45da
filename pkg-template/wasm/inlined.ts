// Modules inside JavaScript, for scripts without an adjacent file: some tools bundle a package's scripts and omit its other
// files (esbuild, Rollup, Angular, the development servers of Vite 5 to 7).

/** Decodes a module from base64. */
export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
