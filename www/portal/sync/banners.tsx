// Banners for what the reader should know or do: offline, signed out or in elsewhere, taken permissions, a newer version.

import { lazy, type ReactNode, Suspense, useSyncExternalStore } from "react";
import { openSession, type SessionState } from "../app/session.js";
import { ErrorBoundary } from "../ui/error-boundary.js";
import { Banner } from "./banner.js";
import { hasNewerVersion, onNewerVersion } from "./register.js";

/** Few sessions have something to say when the page opens. */
const SessionBanners = lazy(async () => ({ default: (await import("./session-banners.js")).SessionBanners }));

/** All banners below the top bar. */
export function Banners({ state }: { state: SessionState }): ReactNode {
  const isNewer = useSyncExternalStore(onNewerVersion, hasNewerVersion);
  const { session, otherTenant } = state;
  return (
    <div className="banners">
      {isNewer && (
        <Banner name="version" isInfo>
          <p>A newer version of this page is there. Your search stays as it is.</p>
          <button type="button" onClick={() => location.reload()}>
            Reload
          </button>
        </Banner>
      )}
      {otherTenant && (
        <Banner name="other-tab">
          <p>
            You have signed in for {otherTenant.name} in another tab. This tab still shows {session?.tenant.name}.
          </p>
          <button type="button" onClick={() => void openSession()}>
            Show {otherTenant.name}
          </button>
        </Banner>
      )}
      {session && (
        <ErrorBoundary fallback={null}>
          <Suspense>
            <SessionBanners />
          </Suspense>
        </ErrorBoundary>
      )}
    </div>
  );
}
