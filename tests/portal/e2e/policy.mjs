// The content security policy of the page.

import { check, expect, page, same } from "./harness.mjs";

/** Asserts that the policy exists and blocks code. It runs last, since the earlier checks must cause no violation. */
export async function policy() {
  await check("the policy is in the page and in a header, and injected scripts do not run", async () => {
    const policies = await page.read(async () => [
      (await fetch("/")).headers.get("content-security-policy"),
      document.querySelector("meta[http-equiv=Content-Security-Policy]")?.content,
    ]);
    for (const policy of policies) {
      const directives = policy?.split("; ") ?? [];
      expect(directives.includes("default-src 'none'"), `the policy is "${policy}"`);
      expect(directives.includes("script-src 'self' 'wasm-unsafe-eval'"), `the policy is "${policy}"`);
    }
    const { ran, refused } = await page.read(async () => {
      window.ran = [];
      const script = (how) => `window.ran.push("${how}")`;
      const ways = [
        () => {
          const element = document.createElement("script");
          element.append(script("an element"));
          document.body.append(element);
        },
        () => {
          document.body.setAttribute("onfocus", script("an attribute"));
          document.body.dispatchEvent(new Event("focus"));
        },
        () => setTimeout(script("a timer")),
        () => window.eval(script("eval")),
      ];
      // Chromium allows evaluation in code evaluated by a driver until its first await.
      await new Promise((done) => setTimeout(done));
      let refused = 0;
      for (const way of ways) {
        try {
          way();
        } catch {
          refused += 1;
        }
      }
      await new Promise((done) => setTimeout(done, 100));
      return { ran: window.ran, refused };
    });
    same(ran, [], "what ran");
    expect(refused > 0, "eval was not refused");
    expect((await page.records()).breaches.length >= 2, "the violations were not recorded");
  });
}
