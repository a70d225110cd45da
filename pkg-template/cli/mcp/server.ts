// The MCP server of one connection or request: tools, resources and prompts over the state that all of them share.

import {
  completable,
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import { UsageError } from "../exit-codes.js";
import { type CaseReading, notePiece, readDetail, readingOf } from "./case-details.js";
import { SetUses } from "./held-cases.js";
import { PROMPTS, type PromptArguments } from "./prompts.js";
import type { Principal, Serving } from "./serving.js";
import { rowTokens } from "./token-budget.js";
import type { Tool } from "./tool.js";
import { checkIds, explainErrorTool, isNotFound, readCase, serverStatus } from "./tools-case.js";
import { listChanges, overview, relatedCases, searchCases } from "./tools-cases.js";
import { simpleSchema, standardSchema } from "./tool-schema.js";
import { UNTRUSTED_NOTICE } from "./untrusted-text.js";

/** The name of the server. Clients put it before the names of tools, which some limit to 60 characters. */
const SERVER_NAME = "cisco_cases";

const INSTRUCTIONS = `Read-only access to cases of the Cisco Support Case API. Start with search_cases or overview; read_case has the notes.
Answers come from cases that the server holds: the first question about a set of contracts may take a minute, later ones are
fast. If is_complete is false, call again. Dates are UTC. ${UNTRUSTED_NOTICE}`;

/** The tools of the server. */
export const TOOLS = [
  searchCases,
  readCase,
  listChanges,
  overview,
  relatedCases,
  checkIds,
  explainErrorTool,
  serverStatus,
] as readonly Tool<never>[];

/** The time that the completion of ids waits for cases. */
const COMPLETION_MS = 1500;

/** Cases in the list of resources. */
const LISTED_CASES = 50;

/** Creates a server for an identity. */
export function createServer(serving: Serving, principal: Principal): McpServer {
  const server = new McpServer(
    { name: SERVER_NAME, title: "Cisco support cases", version: serving.options.version },
    {
      instructions: INSTRUCTIONS,
      capabilities: {
        tools: { listChanged: false },
        resources: { listChanged: false },
        prompts: { listChanged: false },
      },
    },
  );
  for (const tool of TOOLS) addTool(server, tool, serving, principal);
  addResources(server, serving, principal);
  for (const prompt of PROMPTS) {
    const { name, title, description, input } = prompt;
    const argsSchema = Object.assign(standardSchema<PromptArguments>(input, "arguments"), {
      // The members that the SDK completes.
      shape: {
        ...(name === "investigate_case" && {
          case_id: completable(standardSchema<string>(simpleSchema("string", ""), "arguments"), (text) =>
            completeIds(text, serving, principal),
          ),
        }),
      },
    });
    server.registerPrompt(name, { title, description, argsSchema }, (args) => ({
      description,
      messages: [{ role: "user", content: { type: "text", text: prompt.text(args) } }],
    }));
  }
  return server;
}

function addTool(server: McpServer, tool: Tool<never>, serving: Serving, principal: Principal): void {
  const { name, title, description, input, output, isOpenWorld } = tool;
  server.registerTool(
    name,
    {
      title,
      description,
      inputSchema: standardSchema<never>(input, "arguments"),
      outputSchema: standardSchema<Record<string, unknown>>(output, "result"),
      annotations: {
        title,
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: isOpenWorld,
      },
    },
    async (args, { mcpReq }) => {
      const uses = new SetUses();
      try {
        return await tool.call({ args, serving, principal, context: { mcpReq, uses } });
      } catch (error) {
        // The SDK answers nothing to a cancelled request.
        if (mcpReq.signal.aborted) throw error;
        const text = await serving.errorText(error);
        serving.options.log(`${name}: ${text}`);
        return { content: [{ type: "text", text }], isError: true };
      } finally {
        uses.end();
      }
    },
  );
}

function addResources(server: McpServer, serving: Serving, principal: Principal): void {
  const complete = { case_id: (text: string) => completeIds(text, serving, principal) };
  const read = async (
    uri: string,
    reading: CaseReading,
    id: string | undefined,
    from: { note: number; at: number },
  ) => {
    const isFirst = id === undefined;
    const piece = notePiece(reading.notes, from, isFirst ? rowTokens(reading.case) : 0);
    const listId = id ?? (piece.next && serving.cursors.remember("case", principal.key, reading));
    const next = listId && piece.next && serving.cursors.cursor(listId, `${piece.next.note}:${piece.next.at}`);
    const value = {
      notice: UNTRUSTED_NOTICE,
      ...(isFirst && { case: reading.case, is_open: reading.is_open }),
      notes_total: reading.notes.length,
      notes: piece.rows,
      ...(next && { next: `${uri.replace(/\/notes\/.*$/, "")}/notes/${next}` }),
    };
    return { contents: [{ uri, mimeType: "application/json", text: JSON.stringify(value) }] };
  };
  server.registerResource(
    "case",
    new ResourceTemplate("case://{case_id}", {
      list: async () => ({
        resources: (await urgentIds(serving, principal)).map((case_id) => ({
          uri: `case://${case_id}`,
          name: case_id,
          description: "An open case, the most urgent first.",
          mimeType: "application/json",
        })),
      }),
      complete,
    }),
    {
      title: "A case",
      description: "Details and notes of a case, as JSON. next continues a long one.",
      mimeType: "application/json",
      // An answer is of one identity.
      cacheHint: { ttlMs: serving.options.maxAgeMs, cacheScope: "private" },
    },
    async (uri, { case_id }, context) =>
      asProtocolError(uri.href, serving, async () => {
        const detail = await readDetail(String(case_id), serving, principal, context);
        return read(uri.href, readingOf(detail, false), undefined, { note: 0, at: 0 });
      }),
  );
  server.registerResource(
    "case_notes",
    new ResourceTemplate("case://{case_id}/notes/{cursor}", { list: undefined, complete }),
    {
      title: "More notes of a case",
      description: "The continuation of a long case: the address is next of the piece before.",
      mimeType: "application/json",
    },
    async (uri, { cursor }) =>
      asProtocolError(uri.href, serving, async () => {
        const { id, list, position } = serving.cursors.read<CaseReading>("case", principal.key, String(cursor));
        const [note = 0, at = 0] = position.split(":").map(Number);
        return read(uri.href, list, id, { note, at });
      }),
  );
}

/** Calls a function, and throws its errors as those of the protocol. */
async function asProtocolError<T>(uri: string, serving: Serving, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const isCallers = isNotFound(error) || error instanceof UsageError;
    throw new ProtocolError(
      isCallers ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
      await serving.errorText(error),
      { uri },
    );
  }
}

/** Returns the numbers of open cases that are held, the most urgent first. Sends no request. */
async function urgentIds(serving: Serving, principal: Principal): Promise<string[]> {
  const ids = new Set<string>();
  for (const { store } of await serving.sets.of(principal.key)) {
    const { cases } = store.query({
      where: { status_flag: "O" },
      sort: [{ by: "severity" }, { by: "updated_date", order: "desc" }],
      limit: LISTED_CASES,
    });
    for (const { case_id } of cases) if (ids.size < LISTED_CASES) ids.add(case_id);
  }
  return [...ids];
}

/** Returns numbers of held cases that begin with a text, the last updated first. */
async function completeIds(text: string, serving: Serving, principal: Principal): Promise<string[]> {
  const prefix = text.trim();
  if (!/^\d*$/.test(prefix)) return [];
  if ((await serving.sets.of(principal.key)).length === 0) {
    const uses = new SetUses();
    const mcpReq = { signal: new AbortController().signal, notify: async () => {} };
    // The first completion begins to read. Without contracts there is nothing to read.
    const query = { where: { status_flag: "O" } } as const;
    await serving.read(query, principal, { mcpReq, uses }, COMPLETION_MS).catch(() => {});
    uses.end();
  }
  const ids = new Set<string>();
  for (const { store } of await serving.sets.of(principal.key)) {
    const where = prefix ? { text: prefix } : {};
    const { cases } = store.query({ where, sort: { by: "updated_date", order: "desc" }, limit: 1000 });
    for (const { case_id } of cases) if (case_id.startsWith(prefix)) ids.add(case_id);
  }
  return [...ids].slice(0, 100);
}
