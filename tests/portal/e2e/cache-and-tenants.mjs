// The cache status of a response, and what the users of two tenants see.

import { kind } from "../../browsers/browser.mjs";
import { check, expect, page, same, shot } from "./harness.mjs";

export async function cacheStatus(contract) {
  await check("a cached response is shown with its age", async () => {
    await page.dates("2026-02-01", "2026-02-20");
    await page.search();
    same(await page.found(), "MISS", "at first");
    const reached = await page.reached();
    await page.search();
    if (kind.hasCache) {
      same(await page.found(), "BROWSER", "then");
      expect(
        /^From this browser's cache, \d+ s old\.$/.test(await page.text("#cache-status")),
        await page.text("#cache-status"),
      );
    } else {
      console.log(`· not in ${kind.title}, which keeps nothing when it is driven: the answer from the browser's cache`);
      same(await page.found(), "HIT", "then");
    }
    // After a new sign-in of the same tenant the browser has no cached response, but the gateway has.
    const [{ id }, other] = await page.tenants();
    await page.switchTo(other.id);
    await page.switchTo(id);
    same(await page.read(() => document.querySelector("#ids").value), contract, "ids");
    same(await page.found(), "HIT", "with another sign-in");
    expect(
      /^From the gateway's cache, \d+ s old\.$/.test(await page.text("#cache-status")),
      await page.text("#cache-status"),
    );
    await page.dates("", "");
    await shot("cached");
    expect((await page.reached()) > reached, "the other tenant's cases caused no request");
  });
}

/** Cases of another tenant are not visible, and look like cases that do not exist. */
export async function tenancy(contract) {
  const [own, other] = await page.tenants();
  await check("the contracts, users and cases of two tenants are disjoint", async () => {
    for (const kind of ["contract_ids", "user_ids", "case_ids"]) {
      expect(own[kind].length > 20 && other[kind].length > 20, `few ${kind}`);
      same(
        own[kind].filter((id) => other[kind].includes(id)),
        [],
        `common ${kind}`,
      );
    }
  });

  await check("another tenant's contract is rejected by the gateway, without an upstream request", async () => {
    await page.choose("mode", "contract");
    const before = await page.reached();
    await page.click(".chip.foreign");
    await page.settled();
    const error = await page.error("#failure");
    same([error.facts.Code, error.facts.Kind, error.again], ["NOT_PERMITTED", "permission", false], "error");
    expect(error.facts["Found by"].startsWith("the portal's gateway"), `found by ${error.facts["Found by"]}`);
    same(await page.reached(), before, "requests that reached the service");
    same(await page.rows(), [], "rows");
    await shot("not-permitted");
  });

  await check("another tenant's user is rejected", async () => {
    await page.choose("mode", "user");
    await page.click(".chip.foreign");
    await page.settled();
    same((await page.error("#failure")).facts.Code, "NOT_PERMITTED", "code");
  });

  await check("another tenant's case has the same error as one that does not exist", async () => {
    await page.choose("mode", "case");
    await page.click(".chip.foreign");
    await page.settled();
    const foreign = await page.error("#failure");
    const id = await page.read(() => document.querySelector("#ids").value);
    expect(other.case_ids.includes(id), `${id} is none of the other tenant's`);
    await page.fill("#ids", "699999999");
    await page.search();
    same(plain(foreign), plain(await page.error("#failure")), "panel");
    same(foreign.facts.Code, "CASE_NOTFOUND", "code");
    await page.show(id);
    const detail = await page.error("#detail");
    await page.show("699999999");
    same(plain(detail), plain(await page.error("#detail")), "panel of the details");
    await page.hide();
  });

  await check("switching the tenant by keyboard closes an open case and removes the former data", async () => {
    await page.show(own.case_ids[0]);
    // A modal dialog blocks the switch for mouse and keyboard: this change simulates one in another tab.
    await page.read((id) => document.querySelector(`input[name=tenant][value=${id}]`).click(), other.id);
    await page.closed();
    await page.settled();
    same(await page.read(() => location.hash), "", "address");
    await page.choose("mode", "contract");
    await page.search();
    const rows = await page.rows();
    expect(
      rows.length > 0 && rows.every((row) => other.contract_ids.includes(row.contract)),
      "cases of others are shown",
    );
    await shot("other-tenant");
    await page.focus("input[name=tenant]:checked");
    await page.press("ARROW_UP");
    await page.until((id) => document.querySelector("input[name=tenant]:checked").value === id, own.id);
    await page.settled();
    expect(
      (await page.rows()).every((row) => own.contract_ids.includes(row.contract)),
      "cases of others are shown",
    );
    same(await page.read(() => document.querySelector("#ids").value), contract, "ids");
  });

  await check("a case that one tenant may not see is shown to the other", async () => {
    await page.switchTo(other.id);
    await page.choose("mode", "case");
    await page.fill("#ids", other.case_ids[0]);
    await page.search();
    same(
      (await page.rows()).map((row) => row.id),
      [other.case_ids[0]],
      "cases",
    );
    await page.switchTo(own.id);
  });
}

/** The error panel without the fields specific to a request. */
function plain({ heading, advice, facts: { "Message id": _, "Request id": __, ...facts }, again }) {
  return { heading, advice, facts, again };
}
