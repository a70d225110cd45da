// Search by user and by case number.

import { check, expect, page, same } from "./harness.mjs";

/** Returns the numbers of three cases. */
export async function searches() {
  await check("user mode shows a user's cases", async () => {
    await page.choose("mode", "user");
    await page.fill("#ids", "");
    await page.click(".chip");
    const user = await page.read(() => document.querySelector("#ids").value);
    await page.search();
    const rows = await page.rows();
    expect(rows.length > 0 && rows.every((row) => row.user === user), `not only cases of ${user}`);
    same(await page.read(() => document.querySelector(".chip").getAttribute("aria-pressed")), "true", "aria-pressed");
  });

  const known = (await page.rows()).slice(0, 3).map((row) => row.id);
  await check("case numbers are accepted with any separators, and duplicates are dropped", async () => {
    await page.choose("mode", "case");
    await page.fill("#ids", `${known[0]}, ${known[1]};\n${known[2]} ${known[0]}`);
    await page.search();
    same((await page.rows()).map((row) => row.id).toSorted(), known.toSorted(), "cases");
    same(await page.read(() => document.querySelector("#dates-group").hidden), true, "dates are hidden");
  });

  await check("an unknown case number is named", async () => {
    await page.fill("#ids", `${known[0]} 699999999`);
    await page.search();
    same(
      (await page.rows()).map((row) => row.id),
      [known[0]],
      "cases",
    );
    expect((await page.text(".remark")).includes("699999999"), "it is not named");
  });

  await check("only unknown numbers are CASE_NOTFOUND, with advice and without Try again", async () => {
    await page.fill("#ids", "699999999");
    await page.search();
    const error = await page.error("#failure[role=alert]");
    same([error.facts.Code, error.facts.Kind, error.again], ["CASE_NOTFOUND", "not_found", false], "error");
    expect(error.advice.length > 0, "no advice");
  });
  return known;
}
