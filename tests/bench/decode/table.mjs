// The results as tables, with a column per runtime.

import { mark, PLAIN } from "../measure/targets.mjs";

const WIDE = 44;
const line = (name, cells) => console.log(`  ${name.padEnd(WIDE)}${cells.join("")}`);
const head = (title, runtimes, width) => {
  console.log(`\n${title}`);
  line(
    "",
    runtimes.map(({ name }) => name.padStart(width)),
  );
};
const number = (value, digits, width) => value.toFixed(digits).padStart(width);
const wanted = (sign, target, digits) => (target == null ? "" : `${sign} ${target.toFixed(digits)}`).padStart(9);
const ratio = ({ packageUs, jsonUs, ratio, target, met }) =>
  `${number(packageUs, 1, 11)}${number(jsonUs, 1, 11)}${number(ratio, 3, 9)}${wanted("≤", target, 2)} ${mark(met)}`;
const ratioHead = () =>
  ["package", "JSON.parse", "ratio", "target  "].map((t, i) => t.padStart([11, 11, 9, 11][i])).join("");

/** Prints all results of `suite` by runtime (`[{ name, documents, consumed, endToEnd }]`). */
export function table(runtimes) {
  const width = ratioHead().length;
  const section = (title, of) => {
    head(title, runtimes, width);
    line("", runtimes.map(ratioHead));
    for (const row of Object.keys(of(runtimes[0])))
      line(
        row,
        runtimes.map((runtime) => ratio(of(runtime)[row])),
      );
  };
  section("The package against JSON.parse, µs a document", ({ documents }) => documents);
  againstPeers(runtimes);
  everyDocument(runtimes);
  section("With the use of the result, µs", ({ consumed }) => consumed);
  section("From a Response, µs (JSON.parse in place of res.json())", ({ endToEnd }) => endToEnd);
}

function againstPeers(runtimes) {
  const titles = ["µs", "× JSON", "package is", "target  "];
  const widths = [11, 9, 16, 11];
  const width = widths.reduce((sum, one) => sum + one, 0);
  head(`Peers after JSON.parse, ${PLAIN}`, runtimes, width);
  line(
    "",
    runtimes.map(() => titles.map((title, index) => title.padStart(widths[index])).join("")),
  );
  for (const peer of Object.keys(runtimes[0].documents[PLAIN].peers)) {
    const cells = runtimes.map(({ documents }) => {
      const { us, toJson, timesFaster, target, met } = documents[PLAIN].peers[peer];
      const faster = `${timesFaster.toFixed(2)} × faster`.padStart(16);
      return `${number(us, 1, 11)}${number(toJson, 2, 9)}${faster}${wanted("≥", target, 1)} ${mark(met)}`;
    });
    line(peer, cells);
  }
}

/** Ratio of the fastest peer's time to the package's time, for every document. */
function everyDocument(runtimes) {
  head("The package against the fastest peer of all, × faster", runtimes, 34);
  for (const document of Object.keys(runtimes[0].documents)) {
    const cells = runtimes.map(({ documents }) => {
      const [[name, { timesFaster }]] = Object.entries(documents[document].peers).sort(([, a], [, b]) => a.us - b.us);
      return `${timesFaster.toFixed(2).padStart(9)} ${name.padEnd(24)}`;
    });
    line(document, cells);
  }
}
