// The developer's panel: injects a fault, so that errors can be seen on demand, and counts requests.

import { type ReactNode, useContext, useEffect, useState } from "react";
import { SessionContext } from "../app/store-hooks.js";
import type { DemoControls, Fault, RequestCounts } from "../app/types.js";
import { useFormatter } from "../app/use-formatter.js";

const FAULTS: readonly Fault[] = [
  ["", "is as it should be", "Choose a fault, then read changes, or open a case."],
  ["over_qps", "over_qps: too many requests per second", "The service asks to wait a second; trying again then helps."],
  ["over_rate", "over_rate: quota spent", "The period's quota is spent; trying again does not help."],
  ["over_capacity", "over_capacity: service overloaded", "The service is over capacity and says no time to wait."],
  ["not_authorized_403", "not_authorized_403: token refused", "An expired token, as the service reports it: as a 403."],
  ["html_error", "html_error: a web server's error page", "An HTML page instead of JSON."],
  ["api_error_200", "api_error_200: an error with status 200", "An error that looks like a success."],
  ["garbage_json", "garbage_json: half an answer", "JSON that ends in the middle."],
  ["reset", "reset: connection breaks", "The connection breaks before anything is sent."],
  ["latency", "latency: a second later", "Every answer waits a second; what is loading can be seen."],
];

/** The fault that was chosen, which outlives the panel. */
let chosen = "";

/** The panel; empty for a page without controls of a demo. */
export default function DeveloperPanel(): ReactNode {
  const session = useContext(SessionContext);
  const demo = session?.source.demo;
  if (!session || !demo) return null;
  return <Panel demo={demo} resume={() => session.follow.resume()} />;
}

function Panel({ demo, resume }: { demo: DemoControls; resume: () => void }): ReactNode {
  const format = useFormatter();
  const faults = [...FAULTS, ...demo.portalFaults];
  const [name, setName] = useState(chosen);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  // The reader folds it: the end of a fault must not take the focus away with it.
  const [isFirstOpen] = useState(chosen !== "");
  const [counts, setCounts] = useState<RequestCounts | null>(null);
  useEffect(() => {
    void demo.requestCounts().then(setCounts, () => setCounts(null));
  }, [demo]);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      setCounts(await demo.requestCounts());
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  const about = faults.find(([one]) => one === name)?.[2];
  return (
    <details className="developer" open={isFirstOpen}>
      <summary>For developers: let it fail</summary>
      <div className="field">
        <label htmlFor="fault">Every answer from now on</label>
        <select
          id="fault"
          value={name}
          aria-busy={isBusy}
          aria-describedby="fault-about"
          onChange={({ target }) => {
            chosen = target.value;
            setName(chosen);
            void run(() => demo.setFault(chosen));
          }}
        >
          {faults.map(([one, label]) => (
            <option key={one} value={one}>
              {label}
            </option>
          ))}
        </select>
        <p id="fault-about" className="hint">
          {problem ?? about}
        </p>
      </div>
      <div className="dialog-actions">
        <button type="button" onClick={() => void run(() => demo.moveCases())}>
          An hour passes
        </button>
        <button type="button" onClick={resume}>
          Read changes now
        </button>
      </div>
      {counts && (
        <p className="hint">
          Requests that reached the service: <output id="received">{format.count(counts.received)}</output>, refused:{" "}
          <output id="refused">{format.count(counts.refused)}</output>
        </p>
      )}
    </details>
  );
}
