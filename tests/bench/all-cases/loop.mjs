// The bare loop, the reference for bulk reads: each batch of ten contracts and window of 90 days page by page, several
// of them concurrently.

import { windows } from "./range.mjs";

/** Reads every case of the contracts, and passes each to `note`. */
export async function loopOver({ fetch, base, contract_ids, concurrency, note }) {
  const lists = windows().flatMap((range) =>
    Array.from({ length: Math.ceil(contract_ids.length / 10) }, (_, at) => [
      contract_ids.slice(at * 10, at * 10 + 10).join(","),
      range,
    ]),
  );
  const headers = { Authorization: "Bearer anything" };
  const worker = async () => {
    for (let list; (list = lists.pop()); ) {
      for (let [page, last] = [1, 1]; page <= last; page += 1) {
        const url = `${base}/cases/contracts/contract_ids/${list[0]}?${list[1]}&page_index=${page}`;
        const { cases, pagination_response_record } = await (await fetch(url, { headers })).json();
        last = pagination_response_record.last_index;
        for (const one of cases) note(one);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
