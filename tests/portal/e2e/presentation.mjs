// Loading, accessible names, contrast, reduced motion, and narrow screens.

import { awaitRetryAfterQuota, check, expect, NARROW, PORTAL_URL, page, same, shot, WIDE } from "./harness.mjs";

export async function presentation(known) {
  await check("the page shows that cases are loading, and a new search cancels the previous one", async () => {
    await page.fault("latency");
    await page.submit();
    const loading = await page.read(() => [
      document.querySelector("#list").getAttribute("aria-busy"),
      document.querySelector("#summary").innerText,
    ]);
    same(loading, ["true", "Loading…"], "loading");
    await page.choose("mode", "case");
    await page.fill("#ids", known[1]);
    await page.search();
    same(
      (await page.rows()).map((row) => row.id),
      [known[1]],
      "cases",
    );
    await page.fault("");
  });

  await check("every field has a label, every button a name, and the page one h1", async () => {
    await page.choose("mode", "contract");
    await page.search();
    same(await page.nameless(), [], "without a name");
    const found = await page.read(() => ({
      h1: document.querySelectorAll("h1").length,
      lang: document.documentElement.lang,
      landmarks: ["body > header", "main", "search"].every((name) => document.querySelectorAll(name).length === 1),
      unlabelled: [...document.querySelectorAll("input, select, textarea")]
        .filter((field) => field.labels.length === 0)
        .map((field) => field.id || field.name),
      caption: document.querySelector("table caption").innerText,
      scopes: [...document.querySelectorAll("th")].every((cell) => ["col", "row"].includes(cell.scope)),
      twice: [...document.querySelectorAll("[id]")].map((one) => one.id).filter((id, i, all) => all.indexOf(id) !== i),
    }));
    same([found.h1, found.lang, found.landmarks], [1, "en", true], "h1, lang, landmarks");
    same(found.unlabelled, [], "fields without a label");
    expect(found.caption && found.scopes, "the table lacks a caption or a scope");
    same(found.twice, [], "ids that occur twice");
  });

  for (const scheme of ["light", "dark"]) {
    await check(`in ${scheme} colours every text has contrast AA`, async () => {
      await page.look(scheme);
      await page.search();
      const list = await page.faint();
      await shot(scheme);
      await page.show(known[0]);
      const detail = await page.faint();
      await shot(`detail-${scheme}`);
      await page.hide();
      await page.fault("over_rate");
      await page.search();
      const error = await page.faint();
      await page.fault("");
      await awaitRetryAfterQuota();
      same([...list, ...detail, ...error], [], "faint texts");
      const ground = await page.read(() => getComputedStyle(document.body).backgroundColor);
      const isLight = Number(/\d+/.exec(ground)[0]) > 128;
      same(isLight, scheme === "light", "light ground");
    });
  }

  await check("with reduced motion there is no animation, also while cases load", async () => {
    await page.fault("latency");
    // No request for these dates was made before, so none is cached.
    await page.dates("2026-01-05", "2026-01-25");
    // In one evaluation: a driver may be slower than the response.
    const [busy, moving] = await page.read(() => {
      document.querySelector("#filters [type=submit]").click();
      return [document.querySelector("#list").getAttribute("aria-busy"), document.getAnimations().length];
    });
    same([busy, moving], ["true", 0], "busy, animations");
    await page.fault("");
    await page.settled();
    await page.dates("", "");
  });

  await check("nothing overflows on narrow and medium screens", async () => {
    await page.look("light");
    await page.fill("#order", "newest");
    await page.search();
    for (const width of [1280, 1272, 1152, 940, 820]) {
      await page.resize({ width, height: 900 });
      same([await page.over("html"), await page.over("#results")], [0, 0], `over the edge at ${width}`);
      await page.read(() => window.scrollTo(0, 0));
      await shot(`width-${width}`);
    }
    await page.resize(NARROW);
    const list = await page.over("html");
    await page.read(() => window.scrollTo(0, 0));
    await shot("narrow-form");
    await page.read(() => document.querySelector("#results").scrollIntoView());
    await shot("narrow-list");
    await page.show(known[0]);
    const detail = await page.over("#detail");
    await shot("narrow-detail");
    await page.hide();
    same([list, detail], [0, 0], "over the edge");
  });

  await check("a link to a case opens it, and closing it shows the list", async () => {
    await page.resize(WIDE);
    await page.goto("about:blank");
    await page.goto(`${PORTAL_URL}#case/${known[0]}`);
    await page.opened();
    await page.press("ESCAPE");
    await page.closed();
    await page.settled();
    expect((await page.rows()).length > 0, "no list after closing");
  });
}
