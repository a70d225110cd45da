// The overview, a case and what is new: what each page leads to, and what it says. `../pages/` looks at them in depth.

import assert from "node:assert/strict";
import { check, page } from "./harness.mjs";

export async function otherPages() {
  // While the page takes itself for offline no case changes between a number and what it counts. Details are read all the same.
  await page.connect(false);
  await check("tiles, cells and numbers of the overview lead to lists of as many cases", async () => {
    for (const selector of [
      ".tile-open a",
      ".tile-us a",
      ".severity-table tbody tr:nth-child(3) td:nth-child(3) a",
      ".chart-table tbody td a",
      ".severity-table tfoot td:last-child a",
    ]) {
      await page.show("?page=overview");
      const count = await page.until((selector) => {
        const link = [...document.querySelectorAll(selector)].find((one) => Number(one.dataset.count) > 0);
        link?.click();
        return Number(link?.dataset.count);
      }, selector);
      await page.untilTotal({ is: count });
    }
  });

  await check("each chart has a table with its numbers, whose links are those of its bars", async () => {
    await page.show("?page=overview");
    const charts = await page.until(() => {
      const cards = [...document.querySelectorAll(".chart-card:not(.backlog)")];
      const addresses = (card, selector) => [...card.querySelectorAll(selector)].map((one) => one.getAttribute("href"));
      return (
        document.querySelector(".backlog tbody tr") &&
        cards.map((card) => ({ drawn: addresses(card, ".drawn"), written: addresses(card, ".figures a") }))
      );
    });
    assert.ok(charts.length > 0);
    assert.ok(charts.flatMap(({ drawn }) => drawn).length >= 6);
    for (const { drawn, written } of charts) assert.deepEqual(drawn, written);
  });

  await check("a case has its facts, its notes, its place in the list, and its neighbours", async () => {
    await page.show("?status_flag=C&sort=case_id");
    await page.focusList();
    await page.press("HOME", "ENTER");
    await page.until(() => /^1 of [\d,]+$/.test(document.querySelector("[data-place]")?.innerText));
    const first = await page.read(() => document.querySelector(".case-id").innerText);
    await page.press("]");
    await page.until(() => document.querySelector("[data-place]").innerText.startsWith("2 of "));
    const second = await page.read(() => document.querySelector(".case-id").innerText);
    assert.ok(second > first, `${second} follows ${first}`);
    await page.until(() => document.querySelector(".timeline .note time[datetime]"));
    const facts = await page.read(() => document.querySelector(".case-side").innerText);
    for (const name of ["Contract", "Created", "Updated"]) assert.ok(facts.includes(name), `${name}: ${facts}`);
    await page.press("[");
    await page.until((first) => document.querySelector(".case-id").innerText === first, first);
  });

  await check("a search in the notes of a case marks the matches, and says how many", async () => {
    const word = await page.until(
      () => /\p{L}{4,}/u.exec(document.querySelector(".note-text .prose")?.textContent ?? "")?.[0],
    );
    await page.read(() => document.querySelector(".notes-head input").focus());
    await page.type(word);
    await page.until((word) => {
      const marks = [...document.querySelectorAll(".notes mark")].map((one) => one.textContent.toLowerCase());
      return marks.length > 0 && marks.every((mark) => mark === word);
    }, word.toLowerCase());
    const summary = await page.read(() => document.querySelector("[data-notes-summary]").innerText);
    assert.match(summary, /^[\d,]+ match(es)? in [\d,]+ notes? of [\d,]+$/);
    await page.press("ESCAPE");
    await page.until(() => document.querySelector(".notes mark") === null);
  });

  await check("bugs of a case lead to the public search, and its contract to its cases", async () => {
    await page.show("?status_flag=C&-bug=");
    await page.focusList();
    await page.press("HOME", "ENTER");
    const bug = await page.until(() => {
      const link = document.querySelector('.related a[href^="https://bst.cloudapps.cisco.com/bugsearch/bug/CSC"]');
      return link && { target: link.target, rel: link.rel };
    });
    assert.deepEqual(bug, { target: "_blank", rel: "noopener noreferrer" });
    const contract = await page.read(() => {
      const link = document.querySelector('.facts a[href*="contract_id="]');
      link.click();
      return new URL(link.href).searchParams.get("contract_id");
    });
    await page.address(`contract_id=${contract}`);
    await page.until(() => Number(document.querySelector("[data-total]")?.dataset.total) > 0);
  });

  await check("what is new is counted in the title, and names fields with their values before and now", async () => {
    await page.show("?page=news");
    await page.until(() => /^\(\d+\+?\) /.test(document.title));
    const lines = await page.until(() => {
      const found = [...document.querySelectorAll(".news-item .changes li")].map((one) => one.innerText);
      return found.length > 0 && found.map((one) => one.replaceAll(/\s+/g, " "));
    });
    assert.ok(
      lines.some((line) => /before: .+→ now: .+/.test(line)),
      lines.slice(0, 5).join("; "),
    );
  });

  await check("a changed case says what has changed since it was looked at, and is then read", async () => {
    const count = await unread();
    const id = await page.read(() => {
      const item = document.querySelector(".news-item");
      item.querySelector("h3 a").click();
      return item.querySelector("code").innerText;
    });
    await page.until(() => document.querySelector(".what-changed"));
    // Details can be newer than the list's record: what they add after the case was left is unread.
    await page.until(() => document.querySelector(".timeline .note"));
    await page.back();
    await page.until(
      (id) =>
        document.querySelector(".news-item") &&
        ![...document.querySelectorAll(".news-item code")].some((one) => one.innerText === id),
      id,
    );
    assert.equal(await unread(), count - 1);
  });

  await check("all are marked as read, which can be undone", async () => {
    const count = await unread();
    await page.pressNamed("Mark all as read");
    await page.until(() => document.querySelector("[data-news-summary]").innerText.startsWith("Nothing is unread"));
    await page.until(() => !document.title.startsWith("("));
    await page.read(() =>
      [...document.querySelectorAll(".news-actions button")].find((one) => one.innerText.startsWith("Undo")).click(),
    );
    await page.until(() => document.querySelector(".news-item"));
    assert.equal(await unread(), count);
    await page.pressNamed("Mark all as read");
    await page.until(() => document.querySelector(".news-item") === null);
  });
  await page.connect(true);
}

/** Returns the number of unread cases. */
const unread = async () => {
  const written = await page.until(
    () => /^([\d,]+) unread/.exec(document.querySelector("[data-news-summary]")?.innerText)?.[1],
  );
  return Number(written.replaceAll(",", ""));
};
