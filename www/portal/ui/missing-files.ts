// Files of the page that are not there: a newer version has replaced them, or there is no connection.

/** The time of the last reload for a missing file, so that a broken deployment does not reload for ever. */
const RELOADED_KEY = "portal.reloaded";
const RELOAD_PERIOD_MS = 60_000;

const missing = new WeakSet<object>();

/** Whether an error is that of a missing file, which a reload can bring now. */
export const isMissingFile = (error: unknown): boolean => navigator.onLine && missing.has(Object(error));

// After a deployment the files of an older page may be gone.
addEventListener("vite:preloadError", (event) => {
  missing.add(event.payload);
  try {
    const last = Number(sessionStorage.getItem(RELOADED_KEY) ?? 0);
    // Without a connection a reload would replace the page, and its cases, by the browser's error.
    if (!navigator.onLine || Date.now() - last < RELOAD_PERIOD_MS) return;
    sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
  } catch {
    // A browser that remembers nothing would reload for ever.
    return;
  }
  event.preventDefault();
  location.reload();
});
