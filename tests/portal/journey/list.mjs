// The list: search, facets, exclusion, chips, order, groups, columns, views, selection, export.

import assert from "node:assert/strict";
import { check, page } from "./harness.mjs";

export async function list() {
  await check("typing searches at once, marks the matches, and ends up in the address", async () => {
    const all = await page.total();
    await page.search("peer");
    await page.untilTotal({ least: 1, most: all - 1 });
    await page.until(() => [...document.querySelectorAll(".row mark")].some((mark) => /^peer/i.test(mark.innerText)));
    assert.match(await page.address("text=peer"), /text=peer/);
    assert.equal(await page.read(() => document.activeElement.id), "search");
  });

  await check("a link shows the same list", async () => {
    const total = await page.total();
    const rows = await page.rows();
    await page.goto(await page.read(() => location.search));
    await page.untilTotal({ is: total });
    assert.deepEqual(
      (await page.rows()).slice(0, 5).map(({ id }) => id),
      rows.slice(0, 5).map(({ id }) => id),
    );
  });

  await check("an empty result says which condition empties it, and drops it", async () => {
    await page.filled();
    await page.show("?text=peer&status=Closed&contract_id=0000000");
    const ways = await page.until(
      () =>
        document.querySelector(".empty h2")?.innerText === "No case matches" &&
        [...document.querySelectorAll(".empty li button")].map((one) => one.textContent),
    );
    assert.equal(ways.length, 1, ways.join());
    const [, count] = /^Without Contract is 0000000: ([\d,]+) cases?$/.exec(ways[0]) ?? [];
    assert.ok(count, ways[0]);
    await page.click(".empty li button");
    await page.untilTotal({ is: Number(count.replaceAll(",", "")) });
  });

  await check("a facet counts what its value lists, includes and excludes, and each condition is a chip", async () => {
    await page.show();
    const all = await page.total();
    await page.until(() =>
      [...document.querySelectorAll(".facet")].some(
        (one) => one.innerText.startsWith("Severity") && one.querySelector(".facet-value"),
      ),
    );
    const count = await page.read(() => {
      const facet = [...document.querySelectorAll(".facet")].find((one) => one.innerText.startsWith("Severity"));
      const value = facet.querySelector(".facet-value");
      value.querySelector("input").click();
      return Number(value.querySelector(".facet-number").innerText.replaceAll(",", ""));
    });
    await page.untilTotal({ is: count });
    assert.ok((await page.rows()).every(({ severity }) => severity === "1"));
    await page.until(() => document.querySelector(".chip")?.innerText.trim() === "Severity is 1");
    await page.click('.chip button[aria-label^="Remove"]');
    await page.untilTotal({ is: all });
    await page.pressNamed("Exclude Severity 1");
    await page.untilTotal({ is: all - count });
    await page.until(() => document.querySelector(".chip.is-excluding")?.innerText.trim() === "Severity is not 1");
    await page.address("-severity=1");
  });

  await check("the list is sorted by several columns", async () => {
    await page.show("?status_flag=O&sort=severity,-creation_date");
    // The rows follow the address.
    await page.until(() => {
      const rows = [...document.querySelectorAll(".row[data-case]")];
      rows.sort((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex));
      const severities = rows.map((row) => row.querySelector(".severity-badge")?.innerText.replace(/\D/g, ""));
      return severities.length > 5 && severities.join() === severities.toSorted().join();
    });
    const heads = await page.read(() =>
      [...document.querySelectorAll("[aria-sort]")].map((one) => [
        one.innerText.replace(/\d/, "").trim(),
        one.ariaSort,
      ]),
    );
    assert.deepEqual(heads, [
      ["Severity", "ascending"],
      ["Created", "descending"],
    ]);
  });

  await check("columns are chosen, and are in the address", async () => {
    await page.show("?status_flag=O");
    const heads = () =>
      page.read(() => [...document.querySelectorAll("[role=columnheader]")].map((one) => one.innerText.trim()));
    const has = (name, isThere) =>
      page.until(
        (name, isThere) =>
          [...document.querySelectorAll("[role=columnheader]")].some((one) => one.innerText.trim() === name) ===
          isThere,
        name,
        isThere,
      );
    const before = await heads();
    assert.ok(!before.includes("Serial number"), before.join());
    await page.pressNamed("Columns");
    await page.pressNamed("Serial number", ".columns-menu");
    await has("Serial number", true);
    await page.address("serial_number");
    await page.pressNamed("Serial number", ".columns-menu");
    await has("Serial number", false);
    await page.press("ESCAPE");
  });

  await check("groups have heads with counts, and collapse", async () => {
    await page.show("?status_flag=O&group=severity");
    await page.until(() => document.querySelector(".group-head"));
    const total = await page.total();
    const grid = () =>
      page.read(() => Number(document.querySelector("[data-list-focus]").getAttribute("aria-rowcount")));
    const before = await grid();
    const count = await page.read(() => {
      const head = document.querySelector(".group-head");
      head.querySelector("button").click();
      return Number(head.querySelector(".facet-count").innerText.replaceAll(",", ""));
    });
    await page.until(
      (rows) => Number(document.querySelector("[data-list-focus]").ariaRowCount) === rows,
      before - count,
    );
    assert.equal(await page.total(), total);
    await page.address("collapsed=1");
  });

  await check("a view is saved, changed, updated and opened again", async () => {
    await page.show("?text=vpn");
    await page.pressNamed("View: Own search");
    await page.pressNamed("Save as a new view…");
    await page.until(() => document.activeElement?.id === "view-name");
    await page.type("VPN");
    await page.press("ENTER");
    await page.until(() => document.querySelector(".views-name")?.innerText === "VPN");
    await page.until(() => document.querySelector(".facet-value input"));
    await page.click(".facet-value input");
    await page.until(() => document.querySelector(".views-name")?.innerText === "VPN (changed)");
    await page.pressNamed("View: VPN (changed)");
    await page.pressNamed("Revert to “VPN”");
    await page.until(() => document.querySelector(".views-name")?.innerText === "VPN");
    await page.show();
    await page.pressNamed("View: All cases");
    await page.pressNamed("VPN");
    await page.address("text=vpn");
  });

  await check("all that match are selected, a changed search says how many it hides, and the export too", async () => {
    await page.show("?status_flag=O");
    const total = await page.total();
    await page.focusList();
    await page.chord("a", "CONTROL");
    await page.until((total) => document.querySelector("[data-selected]")?.dataset.selected === String(total), total);
    await page.search("peer");
    await page.until((total) => {
      const hidden = Number(document.querySelector("[data-hidden]")?.dataset.hidden ?? 0);
      return hidden > 0 && hidden === total - Number(document.querySelector("[data-total]").dataset.total);
    }, total);
    await page.read(() => {
      window.copied = undefined;
      const write = async ([item]) => {
        window.copied = await (await item.getType("text/plain")).text();
      };
      Object.defineProperty(navigator, "clipboard", { value: { write }, configurable: true });
    });
    await page.pressNamed("Copy as text", ".selection-bar");
    const copied = await page.until(() => window.copied);
    await page.read(() => delete navigator.clipboard);
    assert.equal(copied.split("\n").length, total + 1, "a line of names, and one for each selected case");
    await page.pressNamed("Export", ".selection-bar");
    const words = await page.until(() => document.querySelector(".export-count")?.innerText);
    assert.ok(words.includes("are not in the present list"), words);
    const preview = await page.until(() => document.querySelector(".export-preview pre")?.innerText);
    assert.match(preview.split("\n")[0], /case_id.severity.title/);
    await page.accessible("the dialog of the export");
    await page.closeDialog();
    await page.pressNamed("Clear", ".selection-bar");
  });

  await check("links of rows are real ones, and a press with text selected does not open", async () => {
    await page.show("?status_flag=O");
    await page.until(() => document.querySelector(".row[data-case]"));
    const [row] = await page.rows();
    const href = await page.read(() => document.querySelector(".row-title").href);
    assert.ok(href.includes(`case=${row.id}`) && href.includes("status_flag=O"), href);
    const opened = await page.read(() => {
      const row = document.querySelector(".row[data-case]");
      getSelection().selectAllChildren(row.querySelector(".cell-case_id"));
      row.querySelector(".cell-case_id").click();
      getSelection().removeAllRanges();
      return location.search.includes("page=case");
    });
    assert.equal(opened, false);
  });

  await check("on paper there are all cases, not only the rows on the screen", async () => {
    await page.show("?status_flag=O&quiet_for_days=7-");
    const total = await page.total();
    const printed = await page.read(() => {
      dispatchEvent(new Event("beforeprint"));
      const rows = document.querySelectorAll(".print-list tbody tr").length;
      dispatchEvent(new Event("afterprint"));
      return rows;
    });
    assert.equal(printed, Math.min(total, 1000));
    await page.until(() => document.querySelector(".print-list") === null);
  });

  await check("a hidden control of direction, and words without a blank, stay in their row", async () => {
    await page.show("?text=" + encodeURIComponent("x".repeat(300)));
    await page.until(() => document.querySelector(".empty"));
    const over = await page.read(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(over, 0);
  });
}
