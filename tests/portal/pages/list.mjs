// The list: its place, its search box and its hold, by what a reader does one after the other.

import assert from "node:assert/strict";
import { test } from "node:test";
import { changeCases, go, openProfile, press, pressButton, waitFor } from "./harness.mjs";

/** Shows an address in the present document, as a link of the page does. */
const show = async (page, address) => {
  await page.evaluate((address) => {
    history.pushState(null, "", location.pathname + address);
    dispatchEvent(new PopStateEvent("popstate"));
  }, address);
  await settled(page);
};

/** Waits until the list shows the cases of the view. */
const settled = (page) =>
  waitFor(page, () => document.querySelector("[data-total]")?.dataset.follows === "false" && !document.hidden);

/** The place of the list: the index of its first visible row. */
const place = (page) =>
  page.evaluate(() => {
    const list = document.querySelector(".list");
    return Math.round(list.scrollTop / Number.parseFloat(list.style.getPropertyValue("--row-height")));
  });

const scrollTo = async (page, row) => {
  await page.evaluate((row) => {
    const list = document.querySelector(".list");
    list.scrollTop = row * Number.parseFloat(list.style.getPropertyValue("--row-height"));
  }, row);
  // The place is in the history after a rest.
  await waitFor(page, (row) => Math.abs((history.state?.place?.topIndex ?? -9) - row) < 2, row);
};

/** Runs a command of the palette. */
const command = async (page, words) => {
  await page.keyboard.down("Control");
  await page.keyboard.press("k");
  await page.keyboard.up("Control");
  await page.waitForSelector("dialog[open] [cmdk-input]");
  await page.keyboard.type(words);
  await waitFor(
    page,
    (words) => document.querySelector("[cmdk-item][aria-selected=true]")?.textContent.includes(words),
    words,
  );
  await page.keyboard.press("Enter");
  await waitFor(page, () => document.querySelector("dialog[open]") === null);
};

export async function listPage() {
  const { open, close } = await openProfile();
  const page = await open();
  await go(page);
  await page.waitForSelector(".row[data-case]");

  await test("other rows begin at the top, and Back returns to the place of the former ones", async () => {
    await scrollTo(page, 900);
    await page.focus("#search");
    await page.keyboard.type("down");
    await waitFor(page, () => location.search === "?text=down");
    await settled(page);
    assert.equal(await place(page), 0, "a search");
    await show(page, "");
    await scrollTo(page, 900);
    await pressButton(page, "View: All cases");
    await page.waitForSelector("[popover]:popover-open");
    await page.evaluate(() => {
      [...document.querySelectorAll("[popover]:popover-open button")].find((one) => one.innerText === "Open").click();
    });
    await waitFor(page, () => location.search.includes("base=open"));
    await settled(page);
    assert.equal(await place(page), 0, "a view");
    await scrollTo(page, 40);
    await page.goBack();
    await waitFor(page, () => location.search === "");
    await settled(page);
    assert.ok(Math.abs((await place(page)) - 900) < 2, `${await place(page)}`);
    // Columns and collapsed groups are no other rows.
    await page.evaluate(() => document.querySelector(".list").focus());
    await pressButton(page, "Columns");
    await page.waitForSelector(".columns-menu");
    await page.evaluate(() => {
      [...document.querySelectorAll(".columns-menu label")].find((one) => one.innerText.trim() === "Compact").click();
    });
    await waitFor(page, () => document.querySelector(".list.compact"));
    assert.ok((await place(page)) > 400, `${await place(page)}`);
    await page.keyboard.press("Escape");
    await show(page, "");
  });

  await test("49: the box shows the text that is searched for, also after a command and Back", async () => {
    const box = () => page.$eval("#search", ({ value }) => value);
    await page.focus("#search");
    await page.keyboard.type("down");
    await waitFor(page, () => location.search === "?text=down");
    await command(page, "View: Closed");
    await waitFor(page, () => location.search.includes("base=closed"));
    assert.equal(await box(), "");
    await page.focus("#search");
    await page.keyboard.type("link up");
    await waitFor(page, () => location.search.includes("text=link+up"));
    assert.equal(await box(), "link up");
    await page.goBack();
    await waitFor(page, () => !location.search.includes("base=closed"));
    await waitFor(page, () => document.querySelector("#search").value === "down");
    await page.keyboard.press("Escape");
    await waitFor(page, () => location.search === "");
  });

  await test("a list that was removed under the pointer follows the changes when it is back", async () => {
    await show(page, "");
    const { x, y } = await page.$eval(".list", (list) => {
      const { left, top, width, height } = list.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    });
    await page.mouse.move(x, y);
    await show(page, "?text=zzzzzzzz");
    await page.waitForSelector(".empty h2");
    await page.mouse.move(2, 2);
    await show(page, "");
    await page.waitForSelector(".row[data-case]");
    await page.focus("#main");
    const rows = () => page.evaluate(() => document.querySelector(".list .rows").innerText);
    const before = await rows();
    await changeCases(page);
    await waitFor(page, (before) => document.querySelector(".list .rows").innerText !== before, before);
    assert.equal(await page.$("[data-pending]"), null);
  });

  await close();
}
