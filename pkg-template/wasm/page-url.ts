// The URL of the client's module for pages, relative to this file or to the script of a bundler. Bundlers recognize this
// expression and emit the module as a separate file.

export const pageUrl = (): URL => new URL("page.wasm", import.meta.url);
