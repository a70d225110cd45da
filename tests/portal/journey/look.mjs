// Accessibility and looks: axe in each page and theme, roles, widths, and a policy that blocks code.

import assert from "node:assert/strict";
import { check, kind, NARROW, page, PORTAL_URL, SCREENSHOTS, WIDE } from "./harness.mjs";

const PAGES = [
  ["cases", ""],
  ["grouped", "?status_flag=O&group=severity"],
  ["empty", "?text=zzzzzz"],
];

/** Pages that `portal-pages` looks at. */
const OTHERS = [
  ["overview", "?page=overview"],
  ["news", "?page=news"],
];

/** The browser whose axe looks at both themes: colours are the same in all. */
const THEMES = kind.title === "Chromium" ? ["light", "dark"] : ["light"];

export async function look() {
  await page.show();
  const [row] = await page.rows();
  const all = [...PAGES, ...OTHERS, ["case", `?page=case&case=${row.id}`]];

  for (const theme of THEMES) {
    await check(`axe finds nothing in any page, ${theme}`, async () => {
      await page.set({ theme });
      for (const [name, address] of all) {
        await page.show(address);
        await page.accessible(`${name}, ${theme}`);
      }
    });
  }
  for (const theme of ["light", "dark"]) {
    if (!SCREENSHOTS) break;
    await page.set({ theme });
    for (const [name, address] of all) {
      await page.show(address);
      await page.shot(`${name}-${theme}`);
    }
  }

  await check("the grid says how many rows it has, and rows and cells have their roles", async () => {
    await page.show();
    const total = await page.total();
    const tree = await page.read(() => {
      const grid = document.querySelector('[role="grid"]');
      return {
        count: Number(grid.getAttribute("aria-rowcount")),
        active: grid.getAttribute("aria-activedescendant"),
        name: grid.getAttribute("aria-label"),
        rows: [...grid.querySelectorAll(".row")].every((row) => row.role === "row" && row.ariaRowIndex),
        cells: [...grid.querySelectorAll(".row > *")].every((cell) => cell.role === "gridcell"),
        heads: grid.querySelectorAll('[role="columnheader"]').length,
      };
    });
    assert.equal(tree.count, total + 1);
    assert.deepEqual([tree.rows, tree.cells], [true, true]);
    assert.ok(tree.heads > 5 && tree.name.includes("case"));
  });

  await check("rows are as high as they are placed, in both densities", async () => {
    for (const density of ["comfortable", "compact"]) {
      await page.show(`?density=${density}`);
      const [height, distance] = await page.read(() => {
        const [a, b] = [...document.querySelectorAll(".row")].sort(
          (a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex),
        );
        return [a.getBoundingClientRect().height, b.getBoundingClientRect().top - a.getBoundingClientRect().top];
      });
      assert.ok(Math.abs(height - distance) < 0.6, `${density}: ${height} and ${distance}`);
    }
  });

  await check("no page scrolls sideways on a narrow screen, and it has cards, filters and the same cases", async () => {
    await page.browser.resize(NARROW.width, NARROW.height);
    for (const [name, address] of all) {
      await page.show(address);
      await page.shot(`${name}-narrow`);
      const over = await page.read(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(over, 0, name);
    }
    await page.show();
    await page.pressNamed("Filters");
    await page.until(() => document.querySelector("dialog[open] .facet"));
    await page.accessible("the filters on a narrow screen");
    await page.closeDialog();
    await page.browser.resize(WIDE.width, WIDE.height);
  });

  await check(
    "at a zoom of 200 % no page scrolls sideways, and the list has its rows, its search and its filters",
    async () => {
      // The layout of a window of 1280 by 900 pixels.
      await page.browser.resize(640, 450);
      for (const [name, address] of all) {
        await page.show(address);
        const over = await page.read(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(over, 0, name);
      }
      await page.show();
      await page.focusList();
      await page.press("END");
      await page.until(() => {
        const row = document.querySelector(".row.is-active")?.getBoundingClientRect();
        return row && row.top >= 0 && row.bottom <= innerHeight;
      });
      await page.press("HOME");
      await page.search("peer");
      await page.search("");
      await page.pressNamed("Filters");
      await page.until(() => document.querySelector("dialog[open] .facet"));
      await page.closeDialog();
      await page.browser.resize(WIDE.width, WIDE.height);
    },
  );

  await check(
    "titles from right to left, with controls of direction or without a blank leave the layout alone",
    async () => {
      for (const [address, selector] of [
        ["", ".row[data-case] .row-title"],
        [`?page=case&case=${row.id}`, "main h1.title-text"],
      ]) {
        await page.show(address);
        await page.until((selector) => document.querySelector(selector), selector);
        const places = await page.read(
          (selector, titles) => {
            const title = document.querySelector(selector);
            const others = [...(title.closest(".row") ?? title.parentElement).children];
            const place = () => others.map((one) => Math.round(one.getBoundingClientRect().left)).join();
            const before = place();
            const found = titles.map((text) => {
              title.textContent = text;
              const { scrollWidth, clientWidth } = document.documentElement;
              return { before, after: place(), over: scrollWidth - clientWidth };
            });
            return [...found, { isolation: getComputedStyle(title).unicodeBidi }];
          },
          selector,
          ["בעיה ברשת 612345678 (קו)", "a\u202eb\u2069c", "x".repeat(5000)],
        );
        const { isolation } = places.pop();
        assert.match(isolation, /isolate|plaintext/, selector);
        for (const { before, after, over } of places) {
          assert.equal(after, before, selector);
          assert.equal(over, 0, selector);
        }
        // The list and the case are written anew.
        await page.show("?page=news");
      }
    },
  );

  await check("no error in the console, no violation of the policy, no request to another host", async () => {
    const { complaints, breaches, hosts } = await page.records();
    assert.deepEqual({ complaints, breaches }, { complaints: [], breaches: [] });
    assert.deepEqual(hosts, [new URL(PORTAL_URL).host]);
  });

  await check("the policy is in the page and in a header, and injected scripts do not run", async () => {
    await page.goto();
    const { header, meta } = await page.read(async () => ({
      header: (await fetch(location.pathname, { cache: "no-store" })).headers.get("content-security-policy"),
      meta: document.querySelector("meta[http-equiv=Content-Security-Policy]")?.content,
    }));
    for (const policy of [header, meta]) {
      assert.ok(
        policy?.includes("default-src 'none'") && policy.includes("script-src 'self' 'wasm-unsafe-eval'"),
        policy,
      );
    }
    const ran = await page.read(async () => {
      window.ran = [];
      await new Promise((done) => setTimeout(done));
      const ways = [
        () => {
          const element = document.createElement("script");
          element.append("window.ran.push('an element')");
          document.body.append(element);
        },
        () => {
          document.body.setAttribute("onfocus", "window.ran.push('an attribute')");
          document.body.dispatchEvent(new Event("focus"));
        },
        () => setTimeout("window.ran.push('a timer')"),
      ];
      for (const way of ways) {
        try {
          way();
        } catch {
          // Refused.
        }
      }
      await new Promise((done) => setTimeout(done, 100));
      return window.ran;
    });
    assert.deepEqual(ran, [], `in ${kind.title}`);
    await page.records();
    page.browser.breaches.length = 0;
    page.browser.complaints.length = 0;
  });
}
