// The dialog with all fields of a case.

import type { CaseDetail, CaseNote } from "cisco-support-case";
import { caseInHash } from "./hash-route.js";
import { cacheStatusOf, cacheStatusLine } from "./cache-status.js";
import { button, byId, el } from "./dom.js";
import { errorPanel } from "./errors.js";
import { counted, date, severity, status } from "./format.js";
import type { DataSource } from "./types.js";

const dialog = byId("detail", HTMLDialogElement);
const TITLE = document.title;

/**
 * Opens and closes the dialog by the URL's fragment. Calls `settled` after each request, and `signInAgain` when the user
 * chooses to sign in again. Returns a function that closes the dialog, for a change of user.
 */
export function setUpDetail(source: DataSource, settled: () => void, signInAgain: () => void): () => void {
  let open: string | null = null;
  /** Whether the previous entry of the history is the list. */
  let cameFromList = false;
  /** Whether `history.back()` is pending: a second Escape must not go back twice. */
  let leaving = false;
  let request = new AbortController();

  const follow = () => {
    const wanted = caseInHash();
    leaving = false;
    if (wanted === open) return;
    open = wanted;
    request.abort();
    if (wanted === null) {
      dialog.close();
      document.title = TITLE;
      return;
    }
    document.title = `Case ${wanted} – ${TITLE}`;
    void load(wanted);
  };

  const leave = () => {
    if (open === null || leaving) return;
    if (cameFromList) {
      leaving = true;
      history.back();
      return;
    }
    // A user who opened the case's link directly has no list to go back to.
    history.replaceState(null, "", location.pathname + location.search);
    follow();
  };

  const load = async (case_id: string) => {
    request = new AbortController();
    const { signal } = request;
    const body = frame(case_id, leave);
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    try {
      const { data, response } = await source.client.caseDetails({ case_id }, { signal }).withResponse();
      if (signal.aborted) return;
      const line = cacheStatusLine([cacheStatusOf(response)]);
      body.replaceChildren(...parts(data), ...(line ? [line] : []));
    } catch (error) {
      if (signal.aborted) return;
      const again = () => void load(case_id);
      const signIn = () => {
        signInAgain();
        again();
      };
      body.replaceChildren(el("div", { role: "alert" }, errorPanel(error, again, signIn)));
    }
    body.setAttribute("aria-busy", "false");
    settled();
  };

  addEventListener("hashchange", (event) => {
    // Back leads to the list only if the case was opened from the list.
    cameFromList = caseInHash() !== null && !new URL(event.oldURL).hash.startsWith("#case/");
    follow();
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) leave();
  });
  dialog.addEventListener("close", () => {
    // The event is asynchronous: Forward may have reopened the dialog before it.
    if (dialog.open) return;
    // The browser can close the dialog by itself; the URL must follow.
    leave();
    returnFocus();
  });

  /** Focuses the list if the browser could not restore the focus, because its element is gone. */
  const returnFocus = () => {
    if (document.activeElement === document.body) byId("results", HTMLElement).focus({ preventScroll: true });
  };
  follow();

  return () => {
    if (caseInHash() === null) return;
    history.replaceState(null, "", location.pathname + location.search);
    follow();
  };
}

/** Creates the dialog's head and its empty body. Returns the body. */
function frame(case_id: string, leave: () => void): HTMLElement {
  const body = el("div", { class: "detail-body", "aria-busy": "true" });
  body.append(el("div", { class: "skeleton" }, el("p", { class: "hidden" }, "Loading…"), ...bars()));
  const heading = el("h2", { id: "detail-heading", tabindex: "-1", autofocus: true }, `Case ${case_id}`);
  const close = button("Close", leave, { class: "close", "aria-keyshortcuts": "Escape" });
  dialog.replaceChildren(el("div", { class: "detail" }, el("header", { class: "detail-head" }, heading, close), body));
  // `autofocus` takes effect only when a dialog opens.
  if (dialog.open) heading.focus();
  return body;
}

const bars = () => Array.from({ length: 6 }, () => el("div", { class: "bar" }));

type Row = [name: string, value: Node | string];

function parts(one: CaseDetail): HTMLElement[] {
  return [
    el("p", { class: "detail-title" }, one.title || "(no title)"),
    el("p", { class: "badges" }, el("span", {}, "Severity ", severity(one.severity)), status(one.status)),
    section("Case", [
      ["Created", date(one.creation_date)],
      ["Updated", date(one.updated_date)],
      ["Closed", date(one.close_date)],
      ["Technology", text(one.technology_name)],
      ["Sub-technology", text(one.sub_technology_name)],
      ["Problem", text(one.problem_code_name)],
      ["Request", text(one.request_type)],
      ["Tracking number", text(one.tracking_number)],
    ]),
    section("Device and contract", [
      ["Serial number", text(one.serial_number)],
      ["Contract", text(one.contract_id)],
      ["User", text(one.user_id)],
    ]),
    section("Contact", [
      ["Name", text(one.contact_name)],
      ["User id", text(one.contact_user_id)],
      ["E-mail", lines(one.contact_email_ids)],
      ["Business phone", lines(one.contact_business_phone_numbers)],
      ["Mobile phone", lines(one.contact_mobile_phone_numbers)],
      ["Prefers", text(one.preferred_contact_method)],
    ]),
    section("Owner", [
      ["Name", text(one.owner_name)],
      ["E-mail", text(one.owner_email)],
    ]),
    section("Bugs and replacements", [
      ["Bugs", lines(one.bugs)],
      ["RMAs", lines(one.rmas)],
    ]),
    ...further(one),
    notes(one.notes),
  ];
}

const text = (value: string): string => value || "–";

function lines(values: readonly string[]): Node | string {
  if (values.length === 0) return "–";
  return el("ul", { class: "plain" }, ...values.map((value) => el("li", {}, value)));
}

function section(name: string, rows: Row[]): HTMLElement {
  const list = el("dl", {});
  for (const [term, value] of rows) list.append(el("div", {}, el("dt", {}, term), el("dd", {}, value)));
  return el("section", {}, el("h3", {}, name), list);
}

/** Undocumented fields, and documented fields with an unexpected value. */
function further({ extra, issues }: CaseDetail): HTMLElement[] {
  const sections: HTMLElement[] = [];
  const fields = Object.entries(extra);
  if (fields.length > 0) {
    const format = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
    sections.push(
      section(
        "Further fields",
        fields.map(([name, value]) => [name, text(format(value))]),
      ),
    );
  }
  if (issues.length > 0) {
    sections.push(
      section(
        "Not as documented",
        issues.map(({ path, expected }) => [path, `expected ${expected}`]),
      ),
    );
  }
  return sections;
}

function notes(all: readonly CaseNote[]): HTMLElement {
  return el(
    "section",
    { class: "notes" },
    el("h3", {}, all.length === 0 ? "No notes" : counted(all.length, "note")),
    ...all.map(note),
  );
}

/** A note, as text: notes contain mail, logs and pasted HTML. */
function note({ note, note_detail, created_by, creation_date }: CaseNote): HTMLElement {
  const by = el("p", { class: "note-by" }, created_by || "Unknown", ", ", date(creation_date));
  // Browsers show a carriage return as a space.
  const body = el("div", { class: "note-text" }, note_detail.replace(/\r\n?/g, "\n"));
  return el("article", { class: "note" }, note ? el("h4", {}, note) : null, by, body);
}
