// The modules inside JavaScript, for where no file lies beside the script: tools that bundle a package's scripts and leave its
// files (esbuild, Rollup, Angular, the servers of Vite 5 to 7 for those who write a page).

/** The bytes of a module in base64. */
export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
