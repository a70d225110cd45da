// Mounts the compiled component of `svelte.test.mjs`, changes the store, and prints what happened.

import process from "node:process";
import { pathToFileURL } from "node:url";
import { caseOf, counted, openPage, openStore } from "./harness.mjs";

const body = openPage();
const { flushSync, mount, unmount } = await import("svelte");
const { default: Total } = await import(pathToFileURL(process.argv[2]).href);

const store = await openStore();
const { counts, source } = counted(store);
const live = source.live({ where: { severity: [1, 2] } });
const answers = [];
const first = live.getSnapshot();
const component = mount(Total, {
  target: body,
  props: {
    live,
    onRender(answer) {
      answers.push(answer);
      return answer;
    },
  },
});
const texts = [];
const look = () => {
  flushSync();
  texts.push(body.textContent.trim());
};
look();
store.apply(caseOf(5, 4));
look();
store.apply([caseOf(6, 1), caseOf(7, 1)]);
look();
const subscriptions = [counts.subscriptions];
await unmount(component);
subscriptions.push(counts.subscriptions);
process.stdout.write(
  JSON.stringify({ texts, renderings: answers.length, isFirstOwn: answers[0] === first, subscriptions }),
);
process.exit();
