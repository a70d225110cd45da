// The entry point: it opens the session and renders the page.

import "../ui/tokens.css";
import "../ui/base.css";
import "../ui/controls.css";
import "../ui/layout.css";
import "../sync/sync.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { registerServiceWorker } from "../sync/register.js";
import { ErrorBoundary } from "../ui/error-boundary.js";
import { App } from "./app.js";
import { openSession } from "./session.js";

// The focus is lost by what a reader does, which comes after the first paint.
import("../ui/focus-keeper.js").then(({ keepFocus }) => keepFocus()).catch(() => {});
void openSession();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ErrorBoundary>
      <App />
    </ErrorBoundary>
  </StrictMode>,
);
registerServiceWorker();
