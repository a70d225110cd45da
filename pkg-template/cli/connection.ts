// The client of a command: of the service, a gateway or a sandbox.

import type { Command } from "commander";
import { CaseClient, type ClientOptions, createSandbox, type FetchLike, isCaseApiError } from "./library.js";
import type { CommandContext } from "./context.js";
import { type Authentication, type CredentialOptions, readCredentials } from "./credentials.js";
import { escapeLine } from "./escape.js";
import { UsageError } from "./exit-codes.js";
import { readCount, readRate } from "./option-values.js";
import { proxiedFetch } from "./proxy.js";

/** The number of cases of `--sandbox`. */
const SANDBOX_CASES = 1000;

/** The options of commands that send requests. */
export interface ConnectionOptions extends CredentialOptions {
  readonly gateway?: string;
  readonly sandbox?: boolean;
  readonly sandboxCases?: number;
  readonly baseUrl?: string;
  readonly allowHttp?: boolean;
  readonly rate?: number;
  readonly timeout?: number;
}

/** Adds the options of the connection to a command. */
export function addConnectionOptions(command: Command): Command {
  return command
    .optionsGroup("Connection:")
    .option(
      "--gateway <url>",
      "read through a gateway of this package; its token is CISCO_CASE_TOKEN or --token-command",
    )
    .option("--sandbox", "read from a sandbox in this process, without an account")
    .option("--sandbox-cases <number>", `cases of the sandbox (default ${SANDBOX_CASES})`, readCount(1, 1_000_000))
    .option("--credentials <file>", 'JSON with "clientId" and "clientSecret", readable by its owner only')
    .option("--token-command <command>", "shell command that writes a bearer token")
    .option("--token-url <url>", "token endpoint")
    .option("--base-url <url>", "address of the service")
    .option("--allow-http", "allow addresses without TLS on other machines")
    .option("--rate <number>", "requests per second (default 5; with a gateway no limit)", readRate)
    .option("--timeout <seconds>", "time allowed for a request with its retries (default 30)", readCount(0, 86_400));
}

/** A client with what is known of its side. */
export interface Connection {
  readonly client: CaseClient;
  /** Name of the side that the client reads from, for messages. */
  readonly name: string;
  /** The contracts of a sandbox: a command uses them if none are given. */
  readonly contract_ids: readonly string[] | undefined;
  /** The time of a sandbox in milliseconds since 1970. */
  readonly now: number | undefined;
  readonly kind: SideKind;
  /** The address; `undefined` for the client's default. */
  readonly baseUrl: string | undefined;
  /** The `fetch` of the client; `undefined` for the runtime's own. */
  readonly fetch: FetchLike | undefined;
  /** The client's options of authentication; `undefined` for a gateway that needs none. */
  readonly authentication: Authentication | undefined;
}

/** The kind of the side that a command reads from. */
export type SideKind = "service" | "gateway" | "sandbox";

/** The options that name another side than a sandbox, or what it needs. */
const SIDE_OPTIONS = [
  ["gateway", "--gateway"],
  ["baseUrl", "--base-url"],
  ["credentials", "--credentials"],
  ["tokenCommand", "--token-command"],
  ["tokenUrl", "--token-url"],
] as const;

/** Returns what the options and the environment name: the kind of the side, and its address if they have one. */
export function readSide(
  options: ConnectionOptions,
  environment: CommandContext["environment"],
): Pick<Connection, "kind" | "baseUrl"> {
  const given = SIDE_OPTIONS.flatMap(([name, option]) => (options[name] === undefined ? [] : [option]));
  if (options.sandbox || options.sandboxCases !== undefined) {
    if (given[0]) throw new UsageError(`${given[0]} does not apply to --sandbox`);
    return { kind: "sandbox", baseUrl: undefined };
  }
  if (options.gateway !== undefined && options.baseUrl !== undefined) {
    throw new UsageError("--gateway and --base-url exclude each other");
  }
  const gateway = options.gateway ?? (options.baseUrl === undefined ? environment["CISCO_CASE_GATEWAY"] : undefined);
  if (gateway) return { kind: "gateway", baseUrl: gateway };
  return { kind: "service", baseUrl: options.baseUrl || environment["CISCO_CASE_BASE_URL"] || undefined };
}

/** Makes the client of a command. Throws a `UsageError` if it is not said what to read from. */
export async function connect(options: ConnectionOptions, context: CommandContext): Promise<Connection> {
  const { environment } = context;
  const { kind, baseUrl } = readSide(options, environment);
  if (kind === "sandbox") return connectToSandbox(options, context);
  const authentication = readCredentials(options, environment, context.signal);
  if (!authentication && kind !== "gateway") {
    throw new UsageError(
      "no credentials: set CISCO_CLIENT_ID and CISCO_CLIENT_SECRET, or give --credentials FILE, --token-command COMMAND or " +
        "--gateway URL; --sandbox needs none",
    );
  }
  if (kind === "gateway" && authentication?.credentials) {
    // A gateway has the secret, and must not get another one.
    const name = addressName(options, kind);
    throw new UsageError(`${name}: expected a token (CISCO_CASE_TOKEN or --token-command), got credentials`);
  }
  const fetch = await proxiedFetch(environment);
  const client = makeClient(
    {
      ...(baseUrl && { baseUrl }),
      ...(options.allowHttp && { allowHttp: true }),
      ...authentication,
      ...(fetch && { fetch }),
      ...commonOptions(options, context, kind === "gateway"),
    },
    addressName(options, kind),
  );
  return {
    client,
    name: baseUrl ?? "the service",
    contract_ids: undefined,
    now: undefined,
    kind,
    baseUrl,
    fetch,
    authentication,
  };
}

/** The name under which the address of a side was given. */
function addressName({ gateway, baseUrl }: ConnectionOptions, kind: SideKind): string {
  if (kind === "gateway") return gateway === undefined ? "CISCO_CASE_GATEWAY" : "--gateway";
  return baseUrl ? "--base-url" : "CISCO_CASE_BASE_URL";
}

/** Makes a client. Its errors name options of the command line in place of its own. */
function makeClient(options: ClientOptions, addressName: string): CaseClient {
  try {
    return new CaseClient(options);
  } catch (error) {
    if (!isCaseApiError(error) || !error.problems?.length) throw error;
    const texts = error.problems.map(({ message }) =>
      message
        .replace(/^baseUrl:/, `${addressName}:`)
        .replace(/^credentials\.tokenUrl:/, "the token URL:")
        .replace("allowHttp: true", "--allow-http")
        .replace(/,? or a path on the page's own origin/, ""),
    );
    throw new UsageError(texts.join("\n"));
  }
}

async function connectToSandbox(options: ConnectionOptions, context: CommandContext): Promise<Connection> {
  const cases = options.sandboxCases ?? SANDBOX_CASES;
  const sandbox = await createSandbox({ cases, titles: "varied" });
  const client = new CaseClient({ ...sandbox.clientOptions, ...commonOptions(options, context, true) });
  const { contract_ids, now } = sandbox.info({ holders: cases });
  const { fetch, baseUrl } = sandbox;
  return {
    client,
    name: `a sandbox of ${cases} cases`,
    contract_ids,
    now: Date.parse(now),
    kind: "sandbox",
    baseUrl,
    fetch,
    authentication: { token: "sandbox" },
  };
}

function commonOptions(options: ConnectionOptions, context: CommandContext, isUnlimited: boolean): ClientOptions {
  const { rate, timeout } = options;
  const rateLimit = rate === undefined ? (isUnlimited ? false : undefined) : { perSecond: rate };
  return {
    ...(rateLimit !== undefined && { rateLimit }),
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    ...(context.isVerbose && { hooks: verboseHooks(context) }),
  };
}

/** Hooks that list requests, responses and retries on standard error. URLs contain ids and no secret. */
function verboseHooks({ progress }: CommandContext): NonNullable<ClientOptions["hooks"]> {
  const write = (line: string) => progress.line(escapeLine(line));
  return {
    onRequest: ({ url, attempt }) => write(`> ${url}${attempt > 1 ? ` (attempt ${attempt})` : ""}`),
    onResponse: ({ status, code, ms, operation }) =>
      write(`< ${operation}: ${status ?? "no response"}${code ? ` ${code}` : ""}, ${Math.round(ms)} ms`),
    onRetry: ({ code, waitMs }) => write(`  retry after ${code}, in ${Math.round(waitMs)} ms`),
  };
}
