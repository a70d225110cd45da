// The details of a case.

import { check, expect, page, same, shot } from "./harness.mjs";

export async function details() {
  await check("Enter on a case opens its details and moves the focus there", async () => {
    const [{ id }] = await page.rows();
    await page.focus("tbody a");
    await page.press("ENTER");
    await page.opened();
    const { hash, focus, heading, title } = await page.read(() => ({
      hash: location.hash,
      focus: document.activeElement.id,
      heading: document.querySelector("#detail-heading").innerText,
      title: document.title,
    }));
    same(hash, `#case/${id}`, "address");
    same(focus, "detail-heading", "focus");
    same(heading, `Case ${id}`, "heading");
    expect(title.startsWith(`Case ${id}`), `title "${title}"`);
    const sections = await page.read(() =>
      [...document.querySelectorAll("#detail section h3")].map((heading) => heading.innerText),
    );
    for (const name of ["Case", "Contact", "Owner", "Bugs and replacements"]) {
      expect(sections.includes(name), `no section "${name}"`);
    }
    expect(
      sections.some((name) => /\bnotes?$/i.test(name)),
      "no notes",
    );
  });

  await check("Escape closes the details and restores the focus", async () => {
    const opener = await page.read(() => location.hash);
    await page.press("ESCAPE");
    await page.closed();
    same(await page.read(() => document.activeElement.getAttribute("href")), opener, "focus");
    same(await page.read(() => location.hash), "", "address");
  });

  await check("Back closes the details, Forward opens them again", async () => {
    await page.focus("tbody tr:nth-child(2) a");
    await page.press("ENTER");
    await page.opened();
    await page.back();
    await page.closed();
    await page.forward();
    await page.opened();
    await page.press("ESCAPE");
    await page.closed();
  });

  await check("notes that look like HTML are shown as text", async () => {
    const ids = (await page.rows()).map((row) => row.id);
    let hostile = false;
    for (const id of ids.slice(0, 60)) {
      await page.show(id);
      const found = await page.read(() => {
        const notes = [...document.querySelectorAll(".note-text")];
        return {
          tags: notes.some((note) => /<(script|img)\b/.test(note.textContent)),
          elements: notes.reduce((sum, note) => sum + note.childElementCount, 0),
          foreign: document.querySelectorAll("#detail script, #detail img, #detail iframe").length,
          title: document.title,
        };
      });
      same(found.elements + found.foreign, 0, `elements in the notes of case ${id}`);
      same(found.title, `Case ${id} – Support cases`, "title");
      hostile ||= found.tags;
      if (hostile) break;
    }
    expect(hostile, "no case with such a note was found");
    await shot("detail");
    await page.hide();
  });

  await check("a case that does not exist has an error in its own panel", async () => {
    await page.show("699999999");
    const error = await page.error("#detail");
    same(error.facts.Code, "CASE_NOTFOUND", "code");
    expect(error.advice.length > 0, "no advice");
    await page.hide();
  });
}
