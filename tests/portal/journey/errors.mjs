// Errors: each says what to do and which id to quote; signing out and in, here and in another tab.

import assert from "node:assert/strict";
import { check, page } from "./harness.mjs";

/** Returns the error of the banner, once it is of a kind. */
const bannerError = (kind) =>
  page.until((kind) => {
    const banner = document.querySelector('[data-banner="error"]');
    if (banner) banner.open = true;
    const panel = banner?.querySelector(`.error[data-kind="${kind}"]`);
    return (
      panel && {
        heading: panel.querySelector("h2").innerText,
        advice: panel.querySelector(".advice").innerText,
        facts: panel.querySelector("dl").innerText,
      }
    );
  }, kind);

/** Signs in for a tenant of the demo, by the menu. */
const signInFor = async (index) => {
  const { tenants } = await page.read(async () => (await fetch("/demo/tenants")).json());
  await page.click(".tenant");
  await page.pressNamed(tenants[index].name, "[popover]:popover-open");
  await page.until((name) => document.querySelector(".tenant-name")?.innerText === name, tenants[index].name);
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
      await page.show();
      await page.fault(fault);
      await page.pressNamed("Read changes now", "dialog");
      await page.closeDialog();
      const error = await bannerError(kind);
      assert.match(`${error.heading} ${error.advice}`, words);
      assert.match(error.facts, /Code/);
      assert.ok((await page.rows()).length > 5);
      // What a repetition may mend is repeated.
      if (kind === "unavailable") {
        await page.until(() => document.querySelector("[data-sync]").innerText.startsWith("Reconnecting. As of "));
      }
      await page.fault("");
      await page.closeDialog();
      await readNow();
      await page.until(() => document.querySelector('[data-banner="error"]') === null);
    });
  }

  await check("another tenant sees its own cases, and nothing of the first", async () => {
    await page.show("?status_flag=O");
    const first = (await page.rows()).map(({ id }) => id);
    await signInFor(1);
    await page.filled();
    const second = (await page.rows()).map(({ id }) => id);
    assert.ok(second.length > 5);
    assert.deepEqual(
      second.filter((id) => first.includes(id)),
      [],
    );
    await page.show(`?page=case&case=${first[0]}`);
    await page.until(() => document.querySelector("main .error h2"));
    const title = await page.read(() => document.querySelector("main h1")?.innerText ?? "");
    assert.doesNotMatch(title, /down|flap|fail/i);
  });

  await check("an expired sign-in has a request id to quote, and is renewed", async () => {
    await page.show("?status_flag=O");
    await page.fault("sign_in_expired");
    await page.closeDialog();
    // Another session begins with a token of its own, which is expired.
    await signInFor(0);
    const { facts } = await bannerError("authentication");
    assert.match(facts, /Request id/);
    await page.pressNamed("Sign in again");
    await page.until(() => document.querySelector('[data-banner="error"]') === null);
    await page.fault("");
    await page.closeDialog();
    await signInFor(1);
    await page.filled();
  });

  await check("another tab that signs in for someone else is noticed here", async () => {
    await page.show();
    const tenants = await page.read(async () => (await (await fetch("/demo/tenants")).json()).tenants);
    await page.read((id) => {
      localStorage.setItem("portal.tenant", id);
      const channel = new BroadcastChannel("portal.session");
      channel.postMessage({ type: "tenant", id });
      channel.close();
    }, tenants[0].id);
    await page.until(() => document.querySelector('[data-banner="other-tab"]'));
    /** Presses a button, and hears of another tab before a session is open. */
    const pressAndHear = (name, message) =>
      page.read(
        (name, message) => {
          const buttons = [...document.querySelectorAll("button")];
          buttons.find((one) => one.innerText === name).click();
          const channel = new BroadcastChannel("portal.session");
          channel.postMessage(message);
          channel.close();
        },
        name,
        message,
      );
    // A session that another tab's sign-out meets while it is being opened is not shown. It opens when it has the storage's lock.
    await page.read(
      async (name, former, next) => {
        const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
        const { held } = await navigator.locks.query();
        const known = held.map(({ name }) => name).find((name) => name.endsWith(`/portal/${former}`));
        const storage = known.replace("cisco-support-case/", "cisco-support-case.storage/");
        const wanted = `${storage.slice(0, -former.length)}${next}`;
        await navigator.locks.request(wanted, async () => {
          [...document.querySelectorAll("button")].find((one) => one.innerText === name).click();
          while (!(await navigator.locks.query()).pending.some(({ name }) => name === wanted)) await pause();
          const channel = new BroadcastChannel("portal.session");
          channel.postMessage({ type: "signed-out" });
          channel.close();
          while (document.querySelector("main h1")?.innerText !== "You are signed out") await pause();
        });
      },
      `Show ${tenants[0].name}`,
      tenants[1].id,
      tenants[0].id,
    );
    // Its opening has ended: nobody has, or waits for, a storage.
    await page.until(async () => {
      const { held, pending } = await navigator.locks.query();
      return [...held, ...pending].every(({ name }) => !name.includes("/portal/"));
    });
    assert.equal(await page.read(() => document.querySelector("main h1")?.innerText), "You are signed out");
    await pressAndHear("Sign in", { type: "tenant", id: tenants[1].id });
    await page.until((name) => document.querySelector(".tenant-name")?.innerText === name, tenants[0].name);
    await page.until(
      (name) => document.querySelector('[data-banner="other-tab"]')?.innerText.includes(`signed in for ${name}`),
      tenants[1].name,
    );
    await page.read((id) => localStorage.setItem("portal.tenant", id), tenants[1].id);
    await page.pressNamed(`Show ${tenants[1].name}`);
    await page.until((name) => document.querySelector(".tenant-name")?.innerText === name, tenants[1].name);
    await page.filled();
    // The former session has ended: it holds no store any more, and so asks for nothing.
    const held = await page.read(async () => (await navigator.locks.query()).held.map(({ name }) => name));
    assert.deepEqual(
      held.filter((name) => name.endsWith(`/portal/${tenants[0].id}`)),
      [],
      held.join(),
    );
    await signInFor(0);
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

  await check(
    "signing out erases the cases that this browser keeps, of each tenant that was signed in for",
    async () => {
      assert.equal((await keptCases()).length, 2);
      await page.click(".tenant");
      await page.pressNamed("Sign out, and erase the cases kept in this browser");
      await page.until(() => document.querySelector("main h1")?.innerText === "You are signed out");
      await page.until(async () => {
        const names = (await indexedDB.databases()).map(({ name }) => name);
        return names.every((name) => !name.startsWith("portal/"));
      });
      await page.pressNamed("Sign in");
      await page.filled();
    },
  );
}

/** Returns the names of the databases with cases. */
const keptCases = () =>
  page.read(async () =>
    (await indexedDB.databases()).map(({ name }) => name).filter((name) => name.startsWith("portal/")),
  );

/** Cases that may not be seen any more: the page does not get them back within the hour. */
export async function permission() {
  await check("permission taken away: the cases of the contract leave the page, which says so", async () => {
    await page.filled();
    const { tenants } = await page.read(async () => (await fetch("/demo/tenants")).json());
    const [{ contract_ids }, other] = tenants;
    const [own] = contract_ids;
    await page.show(`?contract_id=${own}`);
    await page.until(() => Number(document.querySelector("[data-total]")?.dataset.total) > 0);
    // In use the list stands still, but not with what may not be seen.
    await page.focusList();
    // The page asks for another tenant's contract instead, which the gateway refuses.
    await page.read(
      (own, foreign) => {
        const { fetch } = window;
        window.fetch = (input, init) => {
          const url = input instanceof Request ? input.url : String(input);
          if (!url.includes(own)) return fetch(input, init);
          const refused = url.replaceAll(own, foreign);
          return fetch(input instanceof Request ? new Request(refused, input) : refused, init);
        };
      },
      own,
      other.contract_ids[0],
    );
    await readNow();
    const words = await page.until(() => document.querySelector('[data-banner="lost"]')?.innerText);
    assert.ok(words.includes(own) && words.includes("You may not see 1 contract any more"), words);
    await page.untilTotal({ is: 0 });
    await page.show();
    await page.untilTotal({ least: 100 });
    await page.pressNamed("Understood");
    await page.until(() => document.querySelector('[data-banner="lost"]') === null);
  });
}

/** The last test with the gateway, which does not ask the service again until the period of the quota is over. */
export async function quota() {
  await check("over_rate: a case says that the quota is spent, and the page goes on", async () => {
    await page.show();
    const last = await page.read(() => [...document.querySelectorAll(".row[data-case]")].at(-1).dataset.case);
    await page.fault("over_rate");
    await page.closeDialog();
    await page.show(`?page=case&case=${last}`);
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
