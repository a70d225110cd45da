// The script of the playground: four parts, each with a sandbox of its own, started when it is about to be seen.

import { setUpClassify } from "./playground/classify.js";
import { setUpDecode } from "./playground/decode.js";
import { setUpMovingList } from "./playground/moving-list.js";
import { byId } from "./playground/page.js";
import { setUpRequests } from "./playground/requests.js";

/** The parts by the ids of their headings: the function that starts one, and the element that tells of a failure. */
const PARTS: Record<string, { setUp: () => Promise<void>; status: string }> = {
  requests: { setUp: setUpRequests, status: "requests-status" },
  "moving-list": { setUp: setUpMovingList, status: "list-status" },
  decode: { setUp: setUpDecode, status: "decode-status" },
  classify: { setUp: setUpClassify, status: "classify-status" },
};

const observer = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      const part = PARTS[target.getAttribute("aria-labelledby") ?? ""];
      if (!isIntersecting || !part) continue;
      observer.unobserve(target);
      part.setUp().catch((error: unknown) => {
        byId(part.status, HTMLElement).textContent = `It could not be started: ${error}`;
      });
    }
  },
  { rootMargin: "300px" },
);
for (const section of document.querySelectorAll(".playground section")) observer.observe(section);
