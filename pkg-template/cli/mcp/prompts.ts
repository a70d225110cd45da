// Prompts: work that comes again, as instructions for an assistant.

import { cutText } from "./token-budget.js";
import { objectSchema, simpleSchema, type ToolSchema } from "./tool-schema.js";
import { UNTRUSTED_NOTICE, visibleText } from "./untrusted-text.js";

/** Arguments of prompts are texts. */
export type PromptArguments = Readonly<Record<string, string>>;

/** A prompt of the server. */
export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: ToolSchema;
  text(args: PromptArguments): string;
}

const CONTRACTS = simpleSchema("string", "Contract ids, separated by commas; default: all that the server covers.", {
  maxLength: 1000,
});

/** Returns the condition on contracts as part of a sentence. Values are quoted: they come from a form. */
function among(args: PromptArguments): string {
  const ids = (args["contracts"] ?? "").split(/[\s,]+/).filter(Boolean);
  return ids.length > 0 ? ` Use where.contract_id ${JSON.stringify(ids.map(visibleText))} in every call.` : "";
}

const RULES = `${UNTRUSTED_NOTICE} Name cases by their numbers. Say what you could not read (is_complete, missing).`;

const value = (args: PromptArguments, name: string, fallback: string) =>
  JSON.stringify(visibleText(cutText(args[name] || fallback, 100)));

export const PROMPTS: readonly Prompt[] = [
  {
    name: "shift_handover",
    title: "Shift hand-over",
    description:
      "What the next shift has to know: changes of the last hours, urgent cases, and cases that wait for us.",
    input: objectSchema({
      since: simpleSchema("string", "Begin of the shift: an age such as 8h, or a time; default 8h.", { maxLength: 40 }),
      contracts: CONTRACTS,
    }),
    text: (args) => `Write a shift hand-over of our Cisco support cases.${among(args)}
1. Call list_changes with since ${value(args, "since", "8h")}.
2. Call search_cases with where {"status_flag":["O"],"severity":[1,2]}, sorted by severity and then by updated_date.
3. Call search_cases with where {"status_flag":["O"],"status":["Customer Pending"]}: these wait for us.
4. Read the notes (read_case) of open cases of severity 1, and of cases that were opened in this shift with severity 2.
Write at most one page: what happened, what is urgent, what we owe an answer, what to watch. ${RULES}`,
  },
  {
    name: "weekly_review",
    title: "Weekly review",
    description: "The state of all cases for a weekly meeting: backlog, ageing, quiet cases, and what recurs.",
    input: objectSchema({
      weeks: simpleSchema("string", "Number of weeks to compare; default 8.", { maxLength: 4 }),
      contracts: CONTRACTS,
    }),
    text: (args) => `Prepare the weekly review of our Cisco support cases.${among(args)}
1. Call overview with weeks ${value(args, "weeks", "8")}.
2. Call list_changes with since "7d".
3. Call search_cases with where {"status_flag":["O"],"quiet_for_days":{"min":14}}, sorted by severity.
4. Call search_cases with where {"status_flag":["O"],"open_for_days":{"min":90}}, sorted by creation_date.
5. For each serial number with several cases, call related_cases.
Report opened, closed and backlog against the weeks before, the oldest and the quiet cases with a proposal for each, and what
recurs by technology and device. ${RULES}`,
  },
  {
    name: "investigate_case",
    title: "Investigate a case",
    description: "One case: its story, where it stands, related cases, and the next step.",
    input: objectSchema({ case_id: simpleSchema("string", "Case number.", { maxLength: 64 }) }, ["case_id"]),
    text: (args) => `Investigate the Cisco support case ${value(args, "case_id", "")}.
1. Call read_case for it, and continue with next_cursor until you have all notes.
2. Call related_cases with its case_id.
3. Read related cases whose titles describe the same symptom.
Tell its story with dates, what was tried with which result, who it waits for and since when, what related cases suggest, and
the next step with the question to ask. ${RULES}`,
  },
];
