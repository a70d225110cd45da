// The script for browsers: bundled, except for the packages, which are loaded unbundled.

import { wholeCall } from "./suite.mjs";

globalThis.measureCalls = async (runtime, hasBaseline) => {
  const load = async (at) => {
    const pkg = await import(new URL(`${at}/entry/browser.js`, location.href).href);
    await pkg.ready();
    return pkg;
  };
  const [pkg, baseline] = [await load("/pkg"), hasBaseline ? await load("/baseline") : undefined];
  return wholeCall(pkg, baseline, runtime, false);
};
