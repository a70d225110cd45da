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
import { keepFocus } from "../ui/focus-keeper.js";
import { App } from "./app.js";
import { openSession } from "./session.js";

keepFocus();
void openSession();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ErrorBoundary>
      <App />
    </ErrorBoundary>
  </StrictMode>,
);
registerServiceWorker();
