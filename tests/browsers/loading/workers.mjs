// Dedicated workers and service workers.

import { BULK, check, IDS, isError, LOAD_FAILED, MODULE, NOT_LOADED, run, same, site } from "./harness.mjs";

export async function workers() {
  /** Sends a request to a worker with a script. */
  const replyOf = (script, isService) =>
    run(
      async (script, isService) => {
        const { port1, port2 } = new MessageChannel();
        const answer = new Promise((done, failed) => {
          port1.addEventListener("message", ({ data }) => done(data));
          setTimeout(failed, 20_000, new Error("the worker does not answer"));
        });
        port1.start();
        if (!isService) {
          const worker = new Worker(script, { type: "module" });
          worker.postMessage({}, [port2]);
          return answer.finally(() => worker.terminate());
        }
        const registration = await navigator.serviceWorker.register(script, { type: "module", scope: script });
        const worker = registration.installing ?? registration.active;
        worker.postMessage({}, [port2]);
        return answer.finally(() => registration.unregister());
      },
      script,
      isService,
    );

  await check("two dedicated workers load the modules separately, at their first bulk call", async () => {
    for (const { before, cases, after, secret } of await Promise.all([replyOf("/worker.js"), replyOf("/worker.js")])) {
      isError(before, NOT_LOADED, 'import "cisco-support-case/bulk"');
      isError(secret, ["invalid_request", "CREDENTIALS_IN_PAGE", false], "no credentials in a web page");
      same([cases.value, after.value], [IDS, 1], JSON.stringify(cases));
    }
    same(site.requestedModules.toSorted(), [BULK, BULK, MODULE, MODULE], "requested modules");
  });

  await check("a service worker that imports cisco-support-case/bulk can make bulk calls", async () => {
    const { before, cases, after } = await replyOf("/worker-early.js", true);
    same([before.value, cases.value, after.value], [1, IDS, 1], JSON.stringify([before, cases]));
  });

  await check("without that import a bulk call fails and names the import, and other calls work", async () => {
    const { before, cases } = await replyOf("/worker.js", true);
    isError(before, NOT_LOADED, 'import "cisco-support-case/bulk"');
    isError(cases, LOAD_FAILED, 'import "cisco-support-case/bulk"');
  });
}
