// The script for browsers: bundled, except for the package, which is loaded unbundled. The page is opened once to check
// the peers, and reloaded to measure.

import { proveFair } from "../peers/fair.mjs";
import { suite } from "./suite.mjs";

globalThis.prove = proveFair;

globalThis.measure = async (runtime) => {
  const pkg = await import(new URL("/pkg/entry/browser.js", location.href).href);
  await pkg.ready();
  return suite(pkg, runtime, (what) => console.log(what));
};
