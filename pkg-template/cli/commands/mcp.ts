// `cisco-support-case mcp`: a server of the Model Context Protocol, for assistants.

import { Console } from "node:console";
import type { Command } from "commander";
import { addConnectionOptions, connect, type ConnectionOptions } from "../connection.js";
import type { CommandContext, CommandRunner } from "../context.js";
import { MCP_TOKEN_VARIABLE, REDACT_VARIABLE } from "../credentials.js";
import { escapeText } from "../escape.js";
import { UsageError } from "../exit-codes.js";
import { collectTexts, readCount, readDate } from "../option-values.js";
import { packageVersion } from "../package-version.js";
import { addTargetOptions, DEFAULT_DAYS, readListTarget, type TargetOptions } from "../targets.js";

interface McpOptions extends ConnectionOptions, TargetOptions {
  readonly redact: boolean;
  readonly maxAge: number;
  readonly state?: string;
  readonly http?: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly url?: string;
  readonly allowHost?: readonly string[];
  readonly issuer?: string;
  readonly audience?: string;
  readonly jwksUri?: string;
}

/** The address on which the HTTP server listens by default. */
const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 4020;

/** The options that apply to the HTTP server only. */
const HTTP_OPTIONS = [
  ["host", "--host"],
  ["port", "--port"],
  ["url", "--url"],
  ["allowHost", "--allow-host"],
  ["issuer", "--issuer"],
  ["audience", "--audience"],
  ["jwksUri", "--jwks-uri"],
] as const;

/** The least length of the token of the HTTP server, in characters. */
const MIN_TOKEN = 16;

const CREDENTIAL_VARIABLES = ["CISCO_CASE_TOKEN", "CISCO_CLIENT_ID", "CISCO_CLIENT_SECRET", "CISCO_CREDENTIALS_FILE"];

/** Adds the command. */
export function addMcpCommand(program: Command, run: CommandRunner): void {
  const command = program
    .command("mcp")
    .summary("serve cases to assistants over the Model Context Protocol")
    .description(
      "Serves cases to assistants over the Model Context Protocol: on standard input and output, or with --http on a port. " +
        "It only reads. Names, addresses, phone numbers and user ids are replaced by pseudonyms.",
    )
    .optionsGroup("Server:")
    .option("--no-redact", "show personal data")
    .option("--max-age <seconds>", "age after which held cases are brought up to date", readCount(0, 86_400), 60)
    .option("--state <folder>", "save the held cases there, so that the next start reads only what has changed")
    .option("--http", `serve over HTTP; clients send the token in ${MCP_TOKEN_VARIABLE}, or one of --issuer`)
    .option("--host <host>", `address to listen on (default: ${DEFAULT_HOST})`)
    .option("--port <port>", `port to listen on; 0 picks a free one (default: ${DEFAULT_PORT})`, readCount(0, 65_535))
    .option("--url <url>", "public address of the server, behind a proxy with TLS")
    .option("--allow-host <name>", "further host name under which it is reached; may be repeated", collectTexts)
    .option("--issuer <url>", "identity provider whose tokens are accepted; they are used for --gateway")
    .option("--audience <text>", "audience of these tokens (default: the server's address)")
    .option("--jwks-uri <url>", "keys of the identity provider (default: from its metadata)");
  addTargetOptions(command, ["--open", "--closed", "--created-to", "--user beside --contract"]);
  addConnectionOptions(command).addHelpText(
    "after",
    `
A client starts it with npx -y cisco-support-case@latest mcp and these options; guide/mcp.md has examples for clients.

Examples:
  cisco-support-case mcp --sandbox
  cisco-support-case mcp --contracts contracts.txt --credentials credentials.json
  cisco-support-case mcp --http --gateway https://portal.example/api/case --issuer https://login.example --url https://mcp.example/mcp`,
  );
  command.action(run((context, options) => serveMcp(options as McpOptions, context)));
}

async function serveMcp(options: McpOptions, context: CommandContext): Promise<void> {
  // Standard output belongs to the protocol, also if a dependency writes a warning.
  globalThis.console = new Console({ stdout: process.stderr, stderr: process.stderr });
  const { environment, signal } = context;
  if (!options.http && [options.contracts, options.users].includes("-")) {
    throw new UsageError("--contracts and --users: standard input belongs to the protocol; give a file");
  }
  const forHttp = HTTP_OPTIONS.find(([name]) => options[name] !== undefined);
  if (!options.http && forHttp) throw new UsageError(`${forHttp[1]} applies to --http only`);
  const token = options.http ? readHttpToken(options, environment[MCP_TOKEN_VARIABLE]) : undefined;
  const secret = environment[REDACT_VARIABLE] || undefined;
  if (options.redact && secret !== undefined && Buffer.byteLength(secret) < 16) {
    throw new UsageError(`${REDACT_VARIABLE}: expected a secret of at least 16 bytes`);
  }
  // With tokens of users, the command itself needs none.
  const isForUsers = options.issuer !== undefined;
  const connection = await connect(
    options,
    isForUsers ? { ...context, environment: withoutToken(environment) } : context,
  );
  if (isForUsers && connection.kind !== "gateway") {
    throw new UsageError("--issuer: expected --gateway, which decides what each user may see");
  }
  const now = connection.now ?? Date.now();
  const { issuedTokens, serveOverHttp, serveOverStdio, Serving, sharedToken } = await import("../mcp/serve.js");
  const serving = new Serving({
    connection,
    target: await readListTarget(options, context),
    from: `${readDate("--created-from", options.createdFrom ?? `${DEFAULT_DAYS}d`, now).slice(0, 10)}T00:00:00.000Z`,
    maxAgeMs: options.maxAge * 1000,
    state: options.state,
    showsPersonalData: !options.redact,
    redactionSecret: secret,
    version: packageVersion(),
    environment,
    log: (line) => context.progress.line(escapeText(line)),
  });
  // Users come and go; nobody would remove what was saved for them.
  if (isForUsers && options.state !== undefined) throw new UsageError("--state does not apply to --issuer");
  await serving.prepareState();
  if (!options.http) await serveOverStdio(serving, signal);
  else {
    await serveOverHttp(
      serving,
      {
        host: options.host ?? DEFAULT_HOST,
        port: options.port ?? DEFAULT_PORT,
        url: options.url,
        allowedHosts: options.allowHost ?? [],
        authorize: async (resource) =>
          options.issuer === undefined
            ? sharedToken(token as string)
            : issuedTokens({
                issuer: options.issuer,
                audience: options.audience ?? resource.href,
                jwksUri: options.jwksUri,
                fetch: connection.fetch,
              }),
        onListening: (url) => void context.output.write(`listening on ${url}\n`),
      },
      signal,
    );
  }
  // It has run until its client left or a signal ended it: neither is a failure.
  context.exitWith(0);
}

/** The environment without credentials and tokens: each user has a token. */
const withoutToken = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !CREDENTIAL_VARIABLES.includes(name)));

/** Returns the shared token of the HTTP server, unless its clients have tokens of an identity provider. */
function readHttpToken({ issuer, url, jwksUri, audience }: McpOptions, token: string | undefined): string | undefined {
  for (const [name, value] of [
    ["--url", url],
    ["--issuer", issuer],
    ["--jwks-uri", jwksUri],
  ] as const) {
    if (value !== undefined && !isHttpUrl(value))
      throw new UsageError(`${name}: expected an address with https:, got "${value}"`);
  }
  if (issuer === undefined) {
    if (audience !== undefined || jwksUri !== undefined)
      throw new UsageError("--audience and --jwks-uri need --issuer");
    // RFC 6750, section 2.1: a client could not send any other one.
    if (token === undefined || token.length < MIN_TOKEN || !/^[\w.~+/-]+=*$/.test(token)) {
      throw new UsageError(
        `--http: expected a token of at least ${MIN_TOKEN} letters, digits and -._~+/ in ${MCP_TOKEN_VARIABLE}, or --issuer`,
      );
    }
    return token;
  }
  return undefined;
}

/** Whether a text is an address with TLS, or one on this machine. */
function isHttpUrl(text: string): boolean {
  try {
    const { protocol, hostname } = new URL(text);
    return protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
  } catch {
    return false;
  }
}
