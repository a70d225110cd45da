// A page whose dedicated worker has the client.

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
worker.addEventListener("message", ({ data }) => {
  const report = document.createElement("pre");
  report.id = "report";
  report.textContent = JSON.stringify(data);
  document.body.append(report);
});
worker.postMessage({ baseUrl: new URL("/api/case", location.href).href });
