// Where the client's module is: beside this file, and beside whatever script a bundler has put this line into. Bundlers
// that know the line ship the module as a file of its own.

export const clientFile = (): URL => new URL("client.wasm", import.meta.url);
