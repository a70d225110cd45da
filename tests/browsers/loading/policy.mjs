// The content security policy.

import { browser, check, isError, NO_WASM, run, same, site, until } from "./harness.mjs";

/** Runs last: the earlier checks must have caused no violation. */
export async function policy() {
  await browser.gather();
  same(browser.breaches, [], "violations of the policy");
  const ran = await run(async () => {
    window.ran = [];
    // Chromium allows evaluation in code evaluated by a driver until its first await.
    await new Promise((done) => setTimeout(done));
    const element = document.createElement("script");
    element.textContent = "window.ran.push('an element')";
    document.body.append(element);
    document.body.setAttribute("onfocus", "window.ran.push('an attribute')");
    document.body.dispatchEvent(new Event("focus"));
    try {
      window.eval("window.ran.push('eval')");
    } catch (error) {
      if (error.name !== "EvalError") window.ran.push(String(error));
    }
    await new Promise((done) => setTimeout(done, 100));
    return window.ran;
  });
  same(ran, [], "what ran");
  await browser.gather();
  // WebKit does not report the attribute.
  if (browser.breaches.length < 2) throw new Error(`reported violations: ${browser.breaches}`);
}

export async function missingPermission() {
  await check("a policy without 'wasm-unsafe-eval' is NO_WASM, and the error names the directive", async () => {
    site.policy = "script-src 'self'";
    await browser.goto(site.address);
    await until(() => typeof window.requestSummary === "function");
    const all = await run(async () => {
      const a = await load("a");
      return [
        await outcomeOf(() => a.ready()),
        await outcomeOf(() => requestSummary(clientOf(a))),
        await outcomeOf(() => load("b", "inline")),
      ];
    });
    for (const one of all) isError(one, NO_WASM, "Content-Security-Policy", "script-src 'self' 'wasm-unsafe-eval'");
  });
}
