// What runs in a browser: bundled, but for the package, which is loaded as it is. The page is opened once to prove the
// peers fair and once, anew, to measure.

import { proveFair } from "../peers/fair.mjs";
import { suite } from "./suite.mjs";

globalThis.prove = proveFair;

globalThis.measure = async (runtime) => {
  const pkg = await import(new URL("/pkg/entry/browser.js", location.href).href);
  await pkg.ready();
  return suite(pkg, runtime, (what) => console.log(what));
};
