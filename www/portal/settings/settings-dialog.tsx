// The dialog of the settings, whose contents are loaded when it is opened.

import { lazy, type ReactNode, Suspense, useState } from "react";
import { Dialog } from "../ui/dialog.js";
import { ErrorBoundary } from "../ui/error-boundary.js";
import { Icon } from "../ui/icons.js";

const SettingsForm = lazy(() => import("./settings-form.js"));
const DeveloperPanel = lazy(() => import("./developer-panel.js"));

/** The button that opens the settings, and their dialog. */
export function SettingsDialog(): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="quiet icon" aria-label="Settings" title="Settings" onClick={() => setOpen(true)}>
        <Icon name="settings" />
      </button>
      {isOpen && (
        <Dialog title="Settings" onClose={() => setOpen(false)}>
          <ErrorBoundary>
            <Suspense>
              <SettingsForm />
              <DeveloperPanel />
            </Suspense>
          </ErrorBoundary>
        </Dialog>
      )}
    </>
  );
}
