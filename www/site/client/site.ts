// The script of every page: search, the list of pages that is open on wide screens, and examples that run.

import { setUpSearch } from "./search.js";

// The style sheet shows the list in browsers that know `::details-content`.
const side = document.querySelector<HTMLDetailsElement>(".side details");
if (side && !matchMedia("(max-width: 60rem)").matches) side.open = true;

setUpSearch();

for (const button of document.querySelectorAll<HTMLButtonElement>("button.run")) {
  const { example } = button.dataset;
  const figure = button.closest<HTMLElement>("figure");
  if (!example || !figure) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const { openExample } = await import("./run/run-example.js");
      await openExample(figure, example);
    } catch (error) {
      button.disabled = false;
      button.textContent = error instanceof Error ? error.message : String(error);
    }
  });
}
