// Errors: each says what to do and which id to quote; signing out and in, here and in another tab.

import assert from "node:assert/strict";
import { check, page } from "./harness.mjs";

/** Returns the error of the banner. */
const bannerError = async () => {
  await page.until(() => document.querySelector('[data-banner="error"]'));
  return page.read(() => {
    const banner = document.querySelector('[data-banner="error"]');
    banner.open = true;
    const panel = banner.querySelector(".error");
    return {
      kind: panel.dataset.kind,
      heading: panel.querySelector("h3").innerText,
      advice: panel.querySelector(".advice").innerText,
      facts: panel.querySelector("dl").innerText,
      buttons: [...panel.querySelectorAll("button")].map((one) => one.innerText),
    };
  });
};

const readNow = async () => {
  await page.openDeveloper();
  await page.pressNamed("Read changes now", "dialog");
  await page.closeDialog();
};

export async function errors() {
  for (const [fault, kind, words] of [
    ["html_error", "unavailable", /service/i],
    ["reset", "unavailable", /service/i],
    ["garbage_json", "decode", /read|portal/i],
  ]) {
    await check(`${fault}: the page says so and what to do, goes on showing cases, and recovers`, async () => {
      await page.goto();
      await page.filled();
      await page.fault(fault);
      await page.pressNamed("Read changes now", "dialog");
      await page.closeDialog();
      const error = await bannerError();
      assert.equal(error.kind, kind);
      assert.match(`${error.heading} ${error.advice}`, words);
      assert.match(error.facts, /Code/);
      assert.ok((await page.rows()).length > 5);
      await page.fault("");
      await page.closeDialog();
      await readNow();
      await page.until(() => document.querySelector('[data-banner="error"]') === null);
    });
  }

  await check("an expired sign-in is renewed, and the request has an id to quote", async () => {
    await page.goto();
    await page.filled();
    await page.fault("sign_in_expired");
    await page.pressNamed("Read changes now", "dialog");
    await page.closeDialog();
    // The client keeps its token until it is refused: another visit has a new one.
    const shown = await page.read(() => document.querySelector('[data-banner="error"]') !== null);
    if (shown) {
      const error = await bannerError();
      assert.equal(error.kind, "authentication");
      assert.match(error.facts, /Request id/);
      await page.pressNamed("Sign in again");
    }
    await page.fault("");
    await page.closeDialog();
    await readNow();
    await page.until(() => document.querySelector('[data-banner="error"]') === null);
  });

  await check("another tenant sees its own cases, and nothing of the first", async () => {
    await page.goto("?status_flag=O");
    await page.filled();
    const first = (await page.rows()).map(({ id }) => id);
    const contracts = await page.read(async () => (await (await fetch("/demo/tenants")).json()).tenants);
    await page.click(".tenant");
    await page.pressNamed(contracts[1].name);
    await page.until((name) => document.querySelector(".tenant-name")?.innerText === name, contracts[1].name);
    await page.filled();
    const second = (await page.rows()).map(({ id }) => id);
    assert.ok(second.length > 5);
    assert.deepEqual(
      second.filter((id) => first.includes(id)),
      [],
    );
    await page.goto(`?page=case&case=${first[0]}`);
    await page.until(() => document.querySelector(".error h3"));
    const title = await page.read(() => document.querySelector("main h1")?.innerText ?? "");
    assert.doesNotMatch(title, /down|flap|fail/i);
  });

  await check("another tab that signs in for someone else is noticed here", async () => {
    await page.goto();
    await page.filled();
    const tenants = await page.read(async () => (await (await fetch("/demo/tenants")).json()).tenants);
    await page.read((id) => {
      localStorage.setItem("portal.tenant", id);
      const channel = new BroadcastChannel("portal.session");
      channel.postMessage({ type: "tenant", id });
      channel.close();
    }, tenants[0].id);
    await page.until(() => document.querySelector('[data-banner="other-tab"]'));
    await page.pressNamed(`Show ${tenants[0].name}`);
    await page.until((name) => document.querySelector(".tenant-name")?.innerText === name, tenants[0].name);
    await page.filled();
  });

  await check("signed out in another tab, this one shows no case, and offers to sign in", async () => {
    await page.read(() => {
      const channel = new BroadcastChannel("portal.session");
      channel.postMessage({ type: "signed-out" });
      channel.close();
    });
    await page.until(() => document.querySelector("main h1")?.innerText === "You are signed out");
    assert.deepEqual(await page.rows(), []);
    await page.pressNamed("Sign in");
    await page.filled();
  });

  await check("over_rate: a case says that the quota is spent, and the page goes on", async () => {
    const last = await page.read(() => [...document.querySelectorAll(".row[data-case]")].at(-1).dataset.case);
    await page.fault("over_rate");
    await page.closeDialog();
    await page.goto(`?page=case&case=${last}`);
    const panel = await page.until(() => {
      const error = document.querySelector("main .error");
      return error && { kind: error.dataset.kind, text: error.innerText };
    });
    assert.equal(panel.kind, "quota");
    assert.match(panel.text, /quota/i);
    assert.ok(await page.read(() => document.querySelector("main h1").innerText.length > 0), "the record is shown");
    await page.fault("");
    await page.closeDialog();
  });
}
