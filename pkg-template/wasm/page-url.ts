// Where the client's module for pages is: beside this file, and beside whatever script a bundler has put this line into.
// Bundlers that know the line ship the module as a file of its own.

export const pageUrl = (): URL => new URL("page.wasm", import.meta.url);
