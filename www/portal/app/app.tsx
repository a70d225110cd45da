// The shell of the page: the top bar, the navigation, and the page of the current view.

import { lazy, type MouseEvent, type ReactNode, Suspense, useEffect } from "react";
import { CasesPage } from "../cases/cases-page.js";
import { SettingsDialog } from "../settings/settings-dialog.js";
import { Banners } from "../sync/banners.js";
import { SyncStatus } from "../sync/sync-status.js";
import { Announcer } from "../ui/announcer.js";
import { ErrorBoundary } from "../ui/error-boundary.js";
import { ErrorPanel } from "../ui/error-panel.js";
import { CommandHost } from "./commands.js";
import { linkTo, useView } from "./navigation.js";
import { openSession, type SessionState, signInAgain } from "./session.js";
import { SessionContext, useSessionState } from "./store-hooks.js";
import { TenantMenu } from "./tenant-menu.js";
import { formatView, type PageName, type View, viewOf } from "./view.js";

const CasePage = lazy(() => import("../case/case-page.js"));
const OverviewPage = lazy(() => import("../overview/overview-page.js"));
const NewsPage = lazy(() => import("../news/news-page.js"));
const NewsBadge = lazy(() => import("../news/news-badge.js"));

const TABS: readonly { page: PageName; label: string }[] = [
  { page: "overview", label: "Overview" },
  { page: "cases", label: "Cases" },
  { page: "news", label: "What is new" },
];

/** The whole page of the portal. */
export function App(): ReactNode {
  const state = useSessionState();
  const view = useView();
  const { session } = state;
  return (
    <SessionContext value={session}>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a part of the page, as links of this kind do */}
      <a className="skip" href="#main" onClick={skipToContent}>
        Skip to the content
      </a>
      <header className="top">
        <a className="brand" {...linkTo(viewOf({ page: "overview" }))}>
          <img src="./icon.svg" width="28" height="28" alt="" />
          <span>Support cases</span>
        </a>
        <nav className="tabs" aria-label="Pages">
          {TABS.map(({ page, label }) => (
            <a key={page} {...linkTo(viewOf({ page }))} aria-current={isTab(view, page) ? "page" : undefined}>
              {label}
              {page === "news" && session && (
                <ErrorBoundary key={session.identity} fallback={null}>
                  <Suspense>
                    <NewsBadge />
                  </Suspense>
                </ErrorBoundary>
              )}
            </a>
          ))}
        </nav>
        <div className="top-end">
          {session && <SyncStatus />}
          {session && <TenantMenu />}
          <SettingsDialog />
        </div>
      </header>
      <Banners state={state} />
      <main id="main" tabIndex={-1} className={`page page-${view.page}`}>
        <ErrorBoundary key={session?.identity ?? ""} place={formatView(view)}>
          {session ? <Page key={session.identity} view={view} /> : <Opening state={state} />}
        </ErrorBoundary>
      </main>
      <Announcer />
      <CommandHost />
    </SessionContext>
  );
}

/** Moves the focus to the content: on the page of the list after its filters, which are a hundred stops of the tab key. */
function skipToContent(event: MouseEvent): void {
  // Without a new entry of the history, whose Back would lead to the same view.
  event.preventDefault();
  const list = document.getElementById("cases");
  (list?.checkVisibility() ? list : document.getElementById("main"))?.focus();
}

const isTab = (view: View, page: PageName): boolean => view.page === page || (view.page === "case" && page === "cases");

function Page({ view }: { view: View }): ReactNode {
  useEffect(() => {
    performance.mark("portal:page-shown");
  }, []);
  const others: Partial<Record<PageName, ReactNode>> = {
    case: view.caseId !== null && <CasePage key={view.caseId} caseId={view.caseId} />,
    overview: <OverviewPage />,
    news: <NewsPage />,
  };
  const other = others[view.page];
  return (
    <>
      {/* The list stays, so that its rows, place and selection are there when a case is closed. */}
      <div hidden={view.page !== "cases"} className="list-keeper">
        {(view.page === "cases" || view.page === "case") && <CasesPage isShown={view.page === "cases"} />}
      </div>
      {other && (
        <ErrorBoundary key={`${view.page} ${view.caseId}`}>
          <Suspense
            fallback={
              <p className="loading" role="status">
                Loading…
              </p>
            }
          >
            {other}
          </Suspense>
        </ErrorBoundary>
      )}
    </>
  );
}

/** The page while the session is opened, and if that failed. */
function Opening({ state }: { state: SessionState }): ReactNode {
  if (state.error) {
    return <ErrorPanel error={state.error} again={() => void openSession()} signIn={signInAgain} />;
  }
  if (state.isSignedOut) {
    return (
      <section className="message">
        <h1>You are signed out</h1>
        <p>The cases that were kept in this browser are no longer shown. Sign in to see them again.</p>
        <button type="button" className="primary" onClick={() => void openSession()}>
          Sign in
        </button>
      </section>
    );
  }
  if (state.isErased) {
    return (
      <section className="message">
        <h1>The cases kept here were erased</h1>
        <p>The browser, or another page, has erased the cases of this page while they were shown.</p>
        <button type="button" className="primary" onClick={() => void openSession()}>
          Load them again
        </button>
      </section>
    );
  }
  return (
    <p className="loading" role="status">
      Opening your cases…
    </p>
  );
}
