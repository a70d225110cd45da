// Lists: pages, filters, and problems at fields.

import { A_MONTH, ANOTHER_MONTH, BEFORE_EVERYTHING, check, expect, page, same, shot, TOO_LONG } from "./harness.mjs";

export async function lists(contract) {
  await check("the cases are those of the requested contract", async () => {
    const rows = await page.rows();
    expect(
      rows.every((row) => row.contract === contract),
      `others than ${contract} are among them`,
    );
    expect(
      rows.every((row) => /^[1-4]$/.test(row.severity)),
      "a severity is none of 1 to 4",
    );
  });

  await check("newest cases come first", async () => {
    const dates = (await page.rows()).map((row) => row.updated);
    same(dates, dates.toSorted().reverse(), "order of dates");
  });

  await check("Next, Last, Previous and First change the page and keep the focus", async () => {
    await page.fill("#order", "oldest");
    const all = await page.read(() =>
      [...document.querySelectorAll(".chip:not(.foreign)")].map((chip) => chip.dataset.id).join(" "),
    );
    await page.fill("#ids", all);
    await page.search();
    const first = await page.place();
    expect(first.page === 1 && first.pages > 2, `expected page 1 of at least 3, got ${JSON.stringify(first)}`);
    const ids = (await page.rows()).map((row) => row.id);
    same(ids.length, 100, "cases on a full page");

    await page.turn("Next");
    same((await page.place()).page, 2, "page after Next");
    const next = (await page.rows()).map((row) => row.id);
    expect(!next.some((id) => ids.includes(id)), "page 2 repeats cases of page 1");
    same(await page.focused(), "Next", "focus");

    await page.turn("Last");
    same((await page.place()).page, first.pages, "page after Last");
    same((await page.rows()).length, first.total - (first.pages - 1) * 100, "cases on the last page");

    await page.turn("Previous");
    same((await page.place()).page, first.pages - 1, "page after Previous");
    await page.turn("First");
    same(
      (await page.rows()).map((row) => row.id),
      ids,
      "cases of page 1",
    );
  });

  await check("newest first starts at the service's last page and shows every case once", async () => {
    await page.fill("#order", "newest");
    await page.search();
    const { pages, total } = await page.place();
    expect((await page.rows()).length >= 100, "the first page is not full");
    const seen = new Set();
    let before = "9999";
    for (let turned = 1; ; turned += 1) {
      for (const { id, updated } of await page.rows()) {
        expect(updated <= before, `${id} is newer than the case above it`);
        before = updated;
        seen.add(id);
      }
      if (turned === pages) break;
      await page.turn("Next");
    }
    same(seen.size, total, "different cases");
  });

  await check("the status filter leaves open cases only, then closed ones", async () => {
    await page.fill("#ids", contract);
    await page.choose("status", "O");
    await page.search();
    const open = await page.rows();
    expect(open.length > 0 && open.every((row) => row.status !== "Closed"), "a closed case is among the open ones");
    await page.choose("status", "C");
    await page.search();
    const closed = await page.rows();
    expect(
      closed.length > 0 && closed.every((row) => row.status === "Closed"),
      "an open case is among the closed ones",
    );
    await page.choose("status", "");
  });

  await check("a range of dates narrows the list, the last day included", async () => {
    const all = (await page.total()) ?? 0;
    await page.dates(...A_MONTH);
    await page.search();
    const some = await page.total();
    expect(some > 0 && some < all, `${some} of ${all} cases`);
  });

  await check("a range that is too long is shown at its field, and nothing is sent", async () => {
    const before = await page.reached();
    await page.dates(...TOO_LONG);
    await page.submit();
    await page.until(() => document.querySelector("#to").getAttribute("aria-invalid") === "true");
    const { problem, described, alert, busy, focus } = await page.read(() => ({
      problem: document.querySelector("#to-problem").innerText,
      described: document.querySelector("#to").getAttribute("aria-describedby").split(" ").includes("to-problem"),
      alert: document.querySelector("#problems[role=alert]").innerText,
      busy: document.querySelector("#list").getAttribute("aria-busy"),
      focus: document.activeElement.id,
    }));
    expect(/90 days/.test(problem), `it reads "${problem}"`);
    expect(described, "the field is not described by it");
    expect(/Nothing was sent: 1 thing to correct/.test(alert), `the summary reads "${alert}"`);
    same(busy, "false", "aria-busy");
    same(focus, "to", "focus");
    await shot("problem");
    // A request sent here would be counted together with the next one, whose response is not yet cached.
    await page.dates(...ANOTHER_MONTH);
    await page.fill("#order", "oldest");
    await page.search();
    same(await page.reached(), before + 1, "requests");
    await page.until((count) => Number(document.querySelector("#received").value) > count, before);
    same(await page.received(), before + 1, "requests that are shown");
    same(await page.read(() => document.querySelector("#to").hasAttribute("aria-invalid")), false, "still marked");
  });

  await check("an incomplete date is a problem too", async () => {
    await page.dates("", "");
    await page.focus("#from");
    await page.type("05");
    await page.submit();
    await page.until(() => document.querySelector("#from").getAttribute("aria-invalid") === "true");
    await page.dates("", "");
  });

  await check("an invalid id is named at its field", async () => {
    await page.fill("#ids", `${contract} a/b`);
    await page.submit();
    await page.until(() => document.querySelector("#ids").getAttribute("aria-invalid") === "true");
    const problem = await page.text("#ids-problem");
    expect(problem.includes("“a/b”"), `it reads "${problem}"`);
    await page.fill("#ids", contract);
  });

  await check("an empty list has an explanation and a button that resets the filter", async () => {
    await page.dates(...BEFORE_EVERYTHING);
    await page.search();
    expect((await page.text(".empty")).includes("No cases found"), "no empty state");
    await shot("empty");
    await page.click(".empty button");
    await page.settled();
    expect((await page.rows()).length > 0, "the way out leads nowhere");
  });
}
