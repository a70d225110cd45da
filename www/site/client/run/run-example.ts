// An example that can be changed and run in its page: an editor in place of the code, and its output.

import { openEditor } from "./editor.js";
import type { Line, Message } from "./messages.js";
import { editedModule, type ModuleAddress, sourceAddress, unchangedModule, workerAddress } from "./module-address.js";
import { element, showLines, treeOf, type View } from "./output.js";

function button(text: string, className = ""): HTMLButtonElement {
  const one = document.createElement("button");
  one.type = "button";
  one.textContent = text;
  one.className = className;
  return one;
}

let groups = 0;

/** The choice between a table and a tree. */
function viewChoice(changed: (view: View) => void): HTMLElement {
  const group = element("fieldset", "", "choice");
  group.append(element("legend", "Output as"));
  groups += 1;
  for (const view of ["table", "tree"] as const) {
    const label = element("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = `view-${groups}`;
    input.checked = view === "table";
    input.addEventListener("change", () => changed(view));
    label.append(input, ` ${view}`);
    group.append(label);
  }
  return group;
}

/** Replaces the code of a figure by an editor, and runs the example. */
export async function openExample(figure: HTMLElement, id: string): Promise<void> {
  const response = await fetch(sourceAddress(id));
  if (!response.ok) throw new Error(`The example could not be loaded: status ${response.status}`);
  const original = await response.text();

  const host = element("div", "", "editor");
  const bar = element("div", "", "bar");
  const [start, stop, reset] = [button("Run", "strong"), button("Stop"), button("Reset")];
  const status = element("p", "", "note");
  status.setAttribute("role", "status");
  const output = element("div", "", "lines");
  output.setAttribute("role", "group");
  output.setAttribute("aria-label", "Output");
  output.tabIndex = 0;

  let view: View = "table";
  let lines: Line[] = [];
  let worker: Worker | undefined;
  /** The module of the run that has not ended. */
  let module: ModuleAddress | undefined;
  /** The number of runs, of which only the last one is shown. */
  let runs = 0;
  let scheduled = false;
  const show = () => {
    scheduled = false;
    showLines(output, lines, view);
  };
  const showSoon = () => {
    if (!scheduled) requestAnimationFrame(show);
    scheduled = true;
  };
  const end = (text: string) => {
    runs += 1;
    worker?.terminate();
    worker = undefined;
    void module?.remove();
    module = undefined;
    stop.disabled = true;
    status.textContent = text;
  };

  const run = async () => {
    end("Running …");
    const number = runs;
    lines = [];
    show();
    const code = editor.text();
    let made: ModuleAddress;
    try {
      made = code === original.trimEnd() ? unchangedModule(id) : await editedModule(code);
    } catch (error) {
      if (runs === number) end(String(error));
      return;
    }
    if (runs !== number) {
      void made.remove();
      return;
    }
    module = made;
    const started = new Worker(workerAddress, { type: "module" });
    worker = started;
    stop.disabled = false;
    const failed = (text: string) => {
      if (worker === started) end(text);
    };
    started.addEventListener("error", (event) =>
      failed(`It could not be run: ${event.message || "the worker failed to load"}`),
    );
    started.addEventListener("message", ({ data }: MessageEvent<Message>) => {
      if (worker !== started) return;
      if (data.type === "line") {
        lines.push(data);
        showSoon();
        return;
      }
      show();
      if (data.error) output.append(treeOf(data.error, "", true));
      const printed = `${lines.length} ${lines.length === 1 ? "line" : "lines"}`;
      end(`${data.error ? "Failed" : "Ended"} after ${Math.round(data.ms)} ms, ${printed}`);
    });
    started.postMessage(made.address.href);
  };

  const editor = openEditor(
    host,
    original.trimEnd(),
    "Code of the example. Control and Enter runs it.",
    () => void run(),
  );
  start.addEventListener("click", () => void run());
  stop.addEventListener("click", () => end("Stopped"));
  reset.addEventListener("click", () => {
    editor.replace(original.trimEnd());
    end("");
    lines = [];
    show();
  });
  bar.append(
    start,
    stop,
    reset,
    viewChoice((next) => {
      view = next;
      show();
    }),
  );
  figure.classList.add("running");
  figure.replaceChildren(host, bar, status, output);
  start.focus();
  await run();
}
