// The error panel: what to do first, ids to quote to support last.

import { type CaseApiError, isCaseApiError } from "cisco-support-case";
import { type ReactNode, useEffect, useState } from "react";
import type { Formatter } from "./format.js";

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
  ["NO_TOKEN", "Your sign-in could not be renewed"],
  ["UPSTREAM_AUTH", "The portal itself is not let in by the service"],
  ["GATEWAY_NOT_CONFIGURED", "The portal is not set up"],
]);

const SOURCES: Record<CaseApiError["source"], string> = {
  client: "this page",
  gateway: "the portal's gateway",
  service: "the service",
};

/** Returns the heading of an error. */
export function headingOf(error: unknown): string {
  if (!isCaseApiError(error)) return "Something broke in this page";
  return HEADINGS_BY_CODE.get(error.code) ?? HEADINGS[error.kind];
}

/** Properties of an error panel. */
export interface ErrorPanelProps {
  readonly error: unknown;
  /** Tries again, where that can help. */
  readonly again?: () => void;
  /** Signs in, where that can help. */
  readonly signIn?: () => void;
  /** The formatter of times; without it they are shown as they were sent. */
  readonly format?: Formatter;
}

/** An error, with what to do and the ids to quote. */
export function ErrorPanel({ error, again, signIn, format }: ErrorPanelProps): ReactNode {
  const known = isCaseApiError(error) ? error : undefined;
  /** Whether the sign-in was not asked for, as there was no connection: `fetch` rejects with a `TypeError` then. */
  const isUnreachable = known?.code === "NO_TOKEN" && known.cause instanceof TypeError;
  const isSignIn = known?.kind === "authentication" && (known.source === "gateway" || known.code === "NO_TOKEN");
  return (
    <section className="error" role="alert" data-kind={known?.kind ?? "internal"}>
      <h2>{headingOf(error)}</h2>
      <p className="advice">
        {isUnreachable
          ? "Check your connection and try again."
          : known
            ? known.advice
            : "Reload the page; if that does not help, report it with the text below."}
      </p>
      <dl>{known ? factsOf(known, format) : fact("Said", error instanceof Error ? error.message : String(error))}</dl>
      <div className="actions">
        {isSignIn && !isUnreachable && signIn && (
          <button type="button" className="primary" onClick={signIn}>
            Sign in again
          </button>
        )}
        {again && (known ? known.retryable || isUnreachable : true) && (
          <AgainButton error={error} waitMs={known?.retryAfterMs ?? 0} again={again} />
        )}
      </div>
    </section>
  );
}

const fact = (name: string, value: ReactNode): ReactNode => (
  <div key={name} style={{ display: "contents" }}>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

function factsOf(error: CaseApiError, format: Formatter | undefined): ReactNode[] {
  const facts = [
    fact("Code", <code>{error.code}</code>),
    fact("Found by", SOURCES[error.source] + (error.status === null ? "" : `, HTTP status ${error.status}`)),
  ];
  if (error.attempts > 1) facts.push(fact("Tried", `${error.attempts} times`));
  if (error.kind === "quota" && error.renewsAt !== null) {
    const at = format ? `${format.dateTime(error.renewsAt)} ${format.zoneName(error.renewsAt)}` : error.renewsAt;
    facts.push(fact("Renews", <time dateTime={error.renewsAt}>{at}</time>));
  }
  if (error.messageId !== null) facts.push(fact("Message id", quoted(error.messageId, "support")));
  if (error.requestId !== null) facts.push(fact("Request id", quoted(error.requestId, "the portal's operator")));
  if (error.kind === "invalid_request") {
    error.problems.forEach(({ message }, at) => facts.push(fact(`Problem ${at + 1}`, message)));
  }
  return facts;
}

const quoted = (id: string, receiver: string): ReactNode => (
  <>
    <code className="quote">{id}</code> Quote this id to {receiver}.
  </>
);

/** The greatest delay of a timer, in milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;

/** A retry button that is disabled until the `Retry-After` of the error has passed. */
function AgainButton({ error, waitMs, again }: { error: unknown; waitMs: number; again: () => void }): ReactNode {
  /** The error whose wait has passed. */
  const [passed, setPassed] = useState<unknown>(null);
  const isWaiting = waitMs > 0 && passed !== error;
  useEffect(() => {
    const timer = setTimeout(() => setPassed(error), Math.min(waitMs, MAX_TIMER_MS));
    return () => clearTimeout(timer);
  }, [error, waitMs]);
  return (
    <button type="button" className="primary" disabled={isWaiting} onClick={again}>
      {isWaiting ? `Try again in ${Math.ceil(waitMs / 1000)} s` : "Try again"}
    </button>
  );
}
