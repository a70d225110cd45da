// A list that changes between the requests of its reader: page by page from the first one, and as the client reads it.

import { CaseClient } from "cisco-support-case";
import { createSandbox, type Sandbox } from "cisco-support-case/sandbox";
import { byId } from "./page.js";

const CASES = 1250;
const STEP_MS = 400;

/** A list of a sandbox with the state of each case. */
class MovingList {
  readonly delivered = new Set<string>();
  readonly moved = new Set<string>();
  lost = new Set<string>();
  readonly initial: string[];
  order: string[];

  private constructor(
    readonly sandbox: Sandbox,
    readonly contract: string,
    readonly pageSize: number,
    ids: string[],
  ) {
    this.initial = ids;
    this.order = ids;
  }

  static async create(): Promise<MovingList> {
    const sandbox = await createSandbox({ cases: CASES, seed: 1 });
    const [contract = ""] = sandbox.info().contract_ids;
    const { ids, pageSize } = await idsOf(sandbox, contract);
    return new MovingList(sandbox, contract, pageSize, ids);
  }

  get pages(): number {
    return Math.ceil(this.order.length / this.pageSize);
  }

  /** Updates a case of the first page, which moves to the end of the list. */
  async update(number: number): Promise<void> {
    const case_id = this.initial[3 + 5 * number] ?? "";
    this.sandbox.advance(60_000);
    this.sandbox.put({ case_id });
    this.moved.add(case_id);
    this.order = (await idsOf(this.sandbox, this.contract)).ids;
  }

  show(reading: number | null): void {
    const pages = Array.from({ length: this.pages }, (_, at) => {
      const page = document.createElement("div");
      page.className = at + 1 === reading ? "page reading" : "page";
      const name = document.createElement("p");
      name.textContent = `page ${at + 1}`;
      const squares = document.createElement("div");
      squares.className = "squares";
      for (const id of this.order.slice(at * this.pageSize, (at + 1) * this.pageSize)) {
        const square = document.createElement("i");
        square.className = this.#stateOf(id);
        square.title = id;
        squares.append(square);
      }
      page.append(name, squares);
      return page;
    });
    byId("list", HTMLElement).replaceChildren(...pages);
  }

  #stateOf(id: string): string {
    if (this.lost.has(id)) return "lost";
    if (this.moved.has(id)) return "moved";
    return this.delivered.has(id) ? "read" : "unread";
  }

  /** Ends the reading: the cases that were in the list throughout and were not delivered are lost. */
  end(): number {
    this.lost = new Set(this.initial.filter((id) => !this.delivered.has(id)));
    this.show(null);
    return this.lost.size;
  }
}

/** The ids of a contract's cases in the order of the list, read while it does not change. */
async function idsOf(sandbox: Sandbox, contract: string): Promise<{ ids: string[]; pageSize: number }> {
  const client = new CaseClient({ ...sandbox.clientOptions });
  const ids: string[] = [];
  let pageSize = 0;
  for await (const page of client.casesByContract({ contract_ids: [contract] }, { order: "oldest" }).pages()) {
    pageSize ||= page.cases.length;
    ids.push(...page.cases.map(({ case_id }) => case_id));
  }
  return { ids, pageSize };
}

const pause = () => new Promise((done) => setTimeout(done, STEP_MS));

/** Reads page after page from the first one, as a loop over `page_index` does. */
async function readUp(list: MovingList, say: (text: string) => void): Promise<void> {
  const client = new CaseClient({ ...list.sandbox.clientOptions });
  const last = list.pages;
  for (let page_index = 1; page_index <= last; page_index += 1) {
    const { cases } = await client.casesByContract({ contract_ids: [list.contract], page_index });
    for (const { case_id } of cases) list.delivered.add(case_id);
    say(`Page ${page_index} of ${last} is read`);
    list.show(page_index);
    await pause();
    if (page_index < last) await list.update(page_index - 1);
    list.show(null);
    await pause();
  }
}

/** Reads the list by iterating the client's call, which reads from the last page to the first, and the end again. */
async function readDown(list: MovingList, say: (text: string) => void): Promise<void> {
  const updates = list.pages - 1;
  let done = 0;
  let requests = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await list.sandbox.fetch(input as string, init as never);
    requests += 1;
    const url = new URL(input instanceof Request ? input.url : String(input));
    const page = Number(url.searchParams.get("page_index") ?? 1);
    say(`Request ${requests} reads page ${page}`);
    list.show(page);
    await pause();
    if (done < updates) {
      await list.update(done);
      done += 1;
      list.show(null);
      await pause();
    }
    return response as unknown as Response;
  };
  const client = new CaseClient({ ...list.sandbox.clientOptions, fetch: fetch as never });
  for await (const { case_id } of client.casesByContract({ contract_ids: [list.contract] })) {
    list.delivered.add(case_id);
  }
}

export async function setUpMovingList(): Promise<void> {
  const status = byId("list-status", HTMLElement);
  const buttons = { up: byId("read-up", HTMLButtonElement), down: byId("read-down", HTMLButtonElement) };
  const setDisabled = (isDisabled: boolean) => {
    for (const one of Object.values(buttons)) one.disabled = isDisabled;
  };
  const say = (text: string) => {
    status.textContent = text;
  };
  const start = (read: typeof readUp, name: string) => async () => {
    setDisabled(true);
    const list = await MovingList.create();
    list.show(null);
    try {
      await read(list, say);
      const lost = list.end();
      const count = lost === 0 ? "no case is lost" : `${lost} ${lost === 1 ? "case is" : "cases are"} lost`;
      say(
        `${name}: ${count}. ${list.delivered.size} of ${list.initial.length} cases were read, ${list.moved.size} were updated meanwhile`,
      );
    } catch (error) {
      say(String(error));
    } finally {
      list.sandbox.free();
      setDisabled(false);
    }
  };
  buttons.up.addEventListener("click", start(readUp, "Reading up"));
  buttons.down.addEventListener("click", start(readDown, "Reading down"));
  const list = await MovingList.create();
  list.show(null);
  list.sandbox.free();
  setDisabled(false);
}
