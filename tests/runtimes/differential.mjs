// Random documents: the published package against the native decoder without SIMD and without this JavaScript. The
// native decoder itself is compared with serde_json.
//
//   DOCUMENTS   a file of documents, written by `cargo xtask test package-node`
//   NO_BUFFER   set: as in a runtime without Buffer

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** Decodes all documents; returns the numbers of accepted and rejected ones. */
export async function readAll(path) {
  const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  if (process.env.NO_BUFFER) globalThis.Buffer = undefined;
  const { decodeCaseDetails, decodeCasesPage, decodeCaseSummary } = await import("cisco-support-case");
  const decoders = { Summary: decodeCaseSummary, Details: decodeCaseDetails, Page: decodeCasesPage };
  const counts = { accepted: 0, refused: 0 };
  for (const line of lines) {
    const { shape, body, value, fault } = JSON.parse(line);
    const read = () => decoders[shape](bytesOf(body));
    if (fault) {
      assert.throws(read, (error) => {
        const { code, path, offset } = error;
        assert.deepEqual({ code, path, offset }, fault, body);
        return true;
      });
      counts.refused += 1;
    } else {
      const decoded = read();
      assert.deepStrictEqual(decoded, value, body);
      // In the same order, too.
      assert.equal(JSON.stringify(decoded), JSON.stringify(value), body);
      counts.accepted += 1;
    }
  }
  return counts;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  console.log(JSON.stringify(await readAll(process.env.DOCUMENTS)));
