// What runs in a browser: bundled, but for the packages, which are loaded as they are.

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
