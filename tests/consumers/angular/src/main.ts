// An application whose one component makes the calls: of the service, or of a sandbox in the page.

import { show } from "../../shared/page.js";
import { fourCalls } from "../../shared/program.js";
import { Component, signal } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { CaseClient, isCaseApiError } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

@Component({
  selector: "app-root",
  template: `@if (report(); as text) {
    <pre id="report">{{ text }}</pre>
  }`,
})
class App {
  readonly report = signal("");

  constructor() {
    if (location.pathname.endsWith("sandbox.html")) this.showSandbox();
    else show({ CaseClient, isCaseApiError });
  }

  async showSandbox(): Promise<void> {
    const { clientOptions } = await createSandbox({ cases: 1000, seed: 1 });
    this.report.set(JSON.stringify(await fourCalls({ CaseClient, isCaseApiError }, clientOptions)));
  }
}

bootstrapApplication(App);
