// The error panel: advice first, ids to quote to support last.

import { type CaseApiError, isCaseApiError } from "cisco-support-case";
import { button, el } from "./dom.js";
import { counted, duration } from "./format.js";

const HEADINGS: Record<CaseApiError["kind"], string> = {
  invalid_request: "The service refused the request",
  authentication: "The sign-in is not valid",
  permission: "This is not allowed for the account",
  not_found: "Not found",
  rate_limited: "Too many requests at once",
  quota: "The quota is spent",
  unavailable: "The service cannot answer now",
  timeout: "The answer took too long",
  aborted: "The request was called off",
  network: "No connection to the service",
  decode: "The answer could not be read",
  internal: "Something broke in this page",
};

/** Headings of the gateway's errors: those of the user's token, and those of the gateway's own configuration. */
const HEADINGS_BY_CODE = new Map([
  ["IDENTITY_MISSING", "You are not signed in"],
  ["IDENTITY_INVALID", "Your sign-in is not valid"],
  ["IDENTITY_EXPIRED", "Your sign-in has expired"],
  ["NOT_PERMITTED", "This is not yours to see"],
  ["UPSTREAM_AUTH", "The portal itself is not let in by the service"],
  ["GATEWAY_NOT_CONFIGURED", "The portal is not set up"],
]);

const SOURCES: Record<CaseApiError["source"], string> = {
  client: "this page",
  gateway: "the portal's gateway",
  service: "the service",
};

/** Creates the panel of an error. It offers `again` (retry) and `signIn` (sign in, then retry) where they can help. */
export function errorPanel(error: unknown, again: () => void, signIn?: () => void): HTMLElement {
  if (!isCaseApiError(error)) {
    return panel("Something broke in this page", "Reload the page; if that does not help, report it.", [
      ["Said", error instanceof Error ? error.message : String(error)],
    ]);
  }
  const facts: [string, Node | string][] = [
    ["Code", el("code", {}, error.code)],
    ["Kind", el("code", {}, error.kind)],
    ["Found by", SOURCES[error.source] + (error.status === null ? "" : `, HTTP status ${error.status}`)],
  ];
  if (error.attempts > 1) facts.push(["Tried", counted(error.attempts, "time")]);
  if (error.kind === "quota" && error.renewsAt !== null) facts.push(["Renews", error.renewsAt]);
  if (error.messageId !== null) {
    facts.push([
      "Message id",
      el("span", {}, el("code", { class: "quote" }, error.messageId), " Quote this id to support."),
    ]);
  }
  if (error.requestId !== null) {
    const quoted = el("code", { class: "quote" }, error.requestId);
    facts.push(["Request id", el("span", {}, quoted, " Quote this id to the portal's operator.")]);
  }
  if (error.kind === "invalid_request") {
    for (const problem of error.problems) facts.push(["Problem", problem.message]);
  }
  const element = panel(HEADINGS_BY_CODE.get(error.code) ?? HEADINGS[error.kind], error.advice, facts);
  if (error.kind === "authentication" && error.source === "gateway" && signIn) {
    element.append(button("Sign in again", signIn, { class: "primary" }));
  }
  if (error.retryable) element.append(againButton(error.retryAfterMs ?? 0, again));
  return element;
}

function panel(heading: string, advice: string, facts: [string, Node | string][]): HTMLElement {
  const list = el("dl", { class: "facts" });
  for (const [name, value] of facts) list.append(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  return el("div", { class: "error" }, el("h3", {}, heading), el("p", { class: "advice" }, advice), list);
}

/** A retry button that is disabled until the service's `Retry-After` has passed. */
function againButton(waitMs: number, again: () => void): HTMLButtonElement {
  const element = button("Try again", again, { class: "primary" });
  if (waitMs > 0) {
    element.disabled = true;
    element.textContent = `Try again in ${duration(waitMs)}`;
    // A timer takes at most 31 bits of milliseconds.
    setTimeout(
      () => {
        element.disabled = false;
        element.textContent = "Try again";
      },
      Math.min(waitMs, 0x7fff_ffff),
    );
  }
  return element;
}
