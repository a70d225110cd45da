// Two copies of the package in one page, and errors of another realm.

import { check, MODULE, run, same, site } from "./harness.mjs";

export async function twoCopies() {
  await check("two copies in one page work independently, and recognise each other's errors", async () => {
    const found = await run(async () => {
      const [a, b] = await Promise.all([load("a"), load("b")]);
      await Promise.all([a.ready(), b.ready()]);
      const counts = [(await requestSummary(clientOf(a))).count, (await requestSummary(clientOf(b))).count];
      const error = await clientOf(a)
        .caseSummary({ case_ids: ["no number"] })
        .catch((error) => error);
      const copy = b.errorFromJSON(error);
      const parsed = b.errorFromJSON(JSON.stringify(error));
      return {
        counts,
        apart: a.CaseClient !== b.CaseClient && !(error instanceof b.CaseApiError),
        guards: [a, b].map(({ isCaseApiError }) => [
          isCaseApiError(error),
          isCaseApiError(copy),
          isCaseApiError(new Error()),
        ]),
        copies: [copy, parsed].map((one) => [
          one instanceof b.InvalidRequestError,
          one.code,
          one.problems.length,
          one.message === error.message,
        ]),
        code: error.code,
      };
    });
    same([found.counts, found.apart], [[0, 0], true], "counts, apart");
    same(
      found.guards,
      [
        [true, true, false],
        [true, true, false],
      ],
      "guards",
    );
    same(
      found.copies,
      [
        [true, found.code, 1, true],
        [true, found.code, 1, true],
      ],
      "copies",
    );
    same(site.requestedModules.toSorted(), [MODULE, MODULE.replace("/a/", "/b/")], "requested modules");
  });

  await check("a client of one copy works while the other copy is reset", async () => {
    const found = await run(async () => {
      const [a, b] = await Promise.all([load("a"), load("b")]);
      await Promise.all([a.ready(), b.ready()]);
      const [one, other] = [clientOf(a, "one"), clientOf(b, "two")];
      await Promise.all([requestSummary(one), requestSummary(other)]);
      const pending = requestSummary(one);
      await b.reset();
      await pending;
      window.hosts.length = 0;
      for (const client of [one, other, clientOf(a, "three"), clientOf(b, "four")]) await requestSummary(client);
      return [window.hosts, a.parseIds("1 2").length, b.parseIds("1 2 3").length];
    });
    same(found, [["one", "two", "three", "four"].map((name) => `${name}.invalid`), 2, 3], "requested hosts, ids");
  });

  await check(
    "an error of another realm is recognised, and errorFromJSON converts it to this realm's class",
    async () => {
      const found = await run(async () => {
        const a = await load("a");
        const other = await window.openFrame();
        const theirs = await other.load("a");
        const error = await theirs.ready().then(() =>
          other
            .clientOf(theirs)
            .caseSummary({})
            .catch((error) => error),
        );
        const own = a.errorFromJSON(error);
        return [
          error instanceof Error,
          a.isCaseApiError(error),
          own instanceof a.InvalidRequestError,
          own.code === error.code,
        ];
      });
      same(found, [false, true, true, true], "an Error of this realm, one of ours, made our own, the same");
    },
  );
}
