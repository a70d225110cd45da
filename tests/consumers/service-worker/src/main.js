// A page whose service worker has the client.

const { serviceWorker } = navigator;
serviceWorker.addEventListener("message", ({ data }) => {
  const report = document.createElement("pre");
  report.id = "report";
  report.textContent = JSON.stringify(data);
  document.body.append(report);
});
await serviceWorker.register("service-worker.js", { type: "module" });
const { active } = await serviceWorker.ready;
active.postMessage({ baseUrl: new URL("/api/case", location.href).href });
