// A page for frameworks, and a store whose subscriptions are counted.

import { Window } from "happy-dom";
import { CaseStore } from "cisco-support-case/store";

/** Makes a document of happy-dom the global one, as frameworks expect it. Returns its body. */
export function openPage() {
  const window = new Window({ url: "http://localhost/" });
  const names = [
    "document",
    "Node",
    "Element",
    "Text",
    "Comment",
    "Event",
    "HTMLElement",
    "SVGElement",
    "HTMLIFrameElement",
  ];
  for (const name of ["window", ...names, "HTMLMediaElement", "DocumentFragment", "customElements", "navigator"]) {
    Object.defineProperty(globalThis, name, { configurable: true, value: name === "window" ? window : window[name] });
  }
  return window.document.body;
}

/** A case with a severity. */
export const caseOf = (case_id, severity, more = {}) => ({
  case_id: String(case_id),
  severity,
  status_flag: "O",
  title: `Case ${case_id}`,
  updated_date: "2026-05-01T08:00:00Z",
  ...more,
});

/** Opens a store with cases 1 to 4, one of each severity. */
export async function openStore() {
  const store = await CaseStore.open({ scope: "tenant", now: "2026-06-01T12:00:00Z" });
  store.apply([1, 2, 3, 4].map((severity) => caseOf(severity, severity)));
  return store;
}

/** A store that counts the subscriptions to its live queries. */
export function counted(store) {
  const known = new Map();
  const counts = { subscriptions: 0, notifications: 0 };
  const live = (query) => {
    const real = store.live(query);
    if (!known.has(real)) {
      const subscribe = (listener) => {
        counts.subscriptions += 1;
        const stop = real.subscribe((answer) => {
          counts.notifications += 1;
          listener(answer);
        });
        return () => {
          counts.subscriptions -= 1;
          stop();
        };
      };
      known.set(real, { ...real, subscribe });
    }
    return known.get(real);
  };
  return { counts, source: { scope: store.scope, id: store.id, live } };
}

/** Waits until a condition holds. */
export async function until(condition) {
  const end = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${condition}`);
    await new Promise((done) => setTimeout(done, 2));
  }
}

/** Waits until timers and promises that are due have run. */
export const settle = () => new Promise((done) => setTimeout(done, 20));
