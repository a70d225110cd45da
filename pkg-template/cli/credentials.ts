// Credentials and tokens: from the environment, a file or a command, and never from the command line, which other users of a
// machine can read.

import { exec, type ExecException } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { NO_HISTORY_VARIABLE } from "./case-history.js";
import type { ClientOptions, TokenReply } from "./library.js";
import { CommandError, UsageError } from "./exit-codes.js";

/** The variable with the secret of pseudonyms. */
export const REDACT_VARIABLE = "CISCO_CASE_REDACT_SECRET";

/** The variable with the token that clients of the MCP server on a port send. */
export const MCP_TOKEN_VARIABLE = "CISCO_CASE_MCP_TOKEN";

/** The variables that the program reads. */
export const VARIABLES = [
  ["CISCO_CLIENT_ID, CISCO_CLIENT_SECRET", "credentials of an application at Cisco's API console"],
  ["CISCO_CREDENTIALS_FILE", "default of --credentials"],
  ["CISCO_TOKEN_URL", "default of --token-url"],
  ["CISCO_CASE_BASE_URL", "default of --base-url"],
  ["CISCO_CASE_GATEWAY", "default of --gateway"],
  ["CISCO_CASE_TOKEN", "a bearer token for the gateway or the service"],
  [REDACT_VARIABLE, "secret of the pseudonyms of export --redact and mcp, at least 16 bytes"],
  [MCP_TOKEN_VARIABLE, "token that clients of mcp --http send, at least 16 characters"],
  [NO_HISTORY_VARIABLE, "if set, case numbers are not remembered for completion"],
  ["HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "proxies, also in lower case"],
] as const;

/** Options that name the source of the credentials. */
export interface CredentialOptions {
  readonly credentials?: string | undefined;
  readonly tokenCommand?: string | undefined;
  readonly tokenUrl?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The client's options of authentication. */
export type Authentication = Pick<ClientOptions, "token" | "credentials">;

/** The file that holds credentials. */
interface CredentialsFile {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenUrl?: string;
}

/**
 * Returns the client's options of authentication: the token command, the token of the environment, the credentials file, or
 * the credentials of the environment, in this order. `undefined` without any. `signal` ends the token command.
 */
export function readCredentials(
  options: CredentialOptions,
  environment: Environment,
  signal: AbortSignal,
): Authentication | undefined {
  const { tokenCommand } = options;
  if (tokenCommand !== undefined) return { token: () => runTokenCommand(tokenCommand, signal) };
  const file = options.credentials ?? environment["CISCO_CREDENTIALS_FILE"];
  const { CISCO_CASE_TOKEN, CISCO_CLIENT_ID: clientId, CISCO_CLIENT_SECRET: clientSecret } = environment;
  if (options.credentials === undefined && CISCO_CASE_TOKEN) return { token: CISCO_CASE_TOKEN };
  const tokenUrl = options.tokenUrl ?? environment["CISCO_TOKEN_URL"];
  if (file) {
    const found = readCredentialsFile(file);
    return { credentials: { ...found, ...(tokenUrl && { tokenUrl }) } };
  }
  if (clientId && clientSecret) return { credentials: { clientId, clientSecret, ...(tokenUrl && { tokenUrl }) } };
  if (clientId || clientSecret) {
    throw new UsageError(`CISCO_CLIENT_${clientId ? "SECRET" : "ID"} is not set in the environment`);
  }
  return undefined;
}

/** Reads a credentials file: JSON with `clientId`, `clientSecret` and optionally `tokenUrl`. */
function readCredentialsFile(path: string): CredentialsFile {
  let text: string;
  try {
    const { mode } = statSync(path);
    // The bits mean nothing on Windows, where access lists decide.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new UsageError(
        `${path} contains a secret and can be read by other users of this machine: run chmod 600 '${path}'`,
      );
    }
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the credentials file cannot be read: ${(error as Error).message}`);
  }
  let value: Partial<Record<string, unknown>>;
  try {
    value = Object(JSON.parse(text));
  } catch {
    // The parser's message quotes the text.
    throw new UsageError(`${path} is not JSON; expected { "clientId": "…", "clientSecret": "…" }`);
  }
  const { clientId, clientSecret, tokenUrl } = value;
  if (typeof clientId !== "string" || typeof clientSecret !== "string" || !clientId || !clientSecret) {
    throw new UsageError(`${path}: expected the texts "clientId" and "clientSecret"`);
  }
  if (tokenUrl !== undefined && typeof tokenUrl !== "string") {
    throw new UsageError(`${path}: expected a text as "tokenUrl"`);
  }
  return { clientId, clientSecret, ...(tokenUrl !== undefined && { tokenUrl }) };
}

const TOKEN_COMMAND_MS = 60_000;
const MAX_TOKEN_BYTES = 1024 * 1024;

/** Runs a command in the system's shell. Its output is a token, or the JSON response of a token endpoint. */
function runTokenCommand(command: string, signal: AbortSignal): Promise<TokenReply> {
  return new Promise((resolve, reject) => {
    // On Windows, an argument of `execFile` would be quoted once more, and cmd.exe would see backslashes before its quotes.
    const child = exec(
      command,
      { timeout: TOKEN_COMMAND_MS, maxBuffer: MAX_TOKEN_BYTES, windowsHide: true, signal },
      (error, stdout) => {
        // What is thrown here would end the program.
        const token = error ? failureOf(error) : tokenOf(stdout.trim());
        if (token instanceof CommandError) reject(token);
        else resolve(token);
      },
    );
    // Its own messages are for the user.
    child.stderr?.on("data", (chunk) => process.stderr.write(chunk));
  });
}

function failureOf({ code, signal, killed }: ExecException): CommandError {
  const how =
    (code as unknown) === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER"
      ? `wrote more than ${MAX_TOKEN_BYTES} bytes`
      : killed
        ? `did not end within ${TOKEN_COMMAND_MS / 1000} s`
        : `failed (${typeof code === "number" ? `exit code ${code}` : (signal ?? code)})`;
  return new CommandError(`the token command ${how}`, 3);
}

function tokenOf(text: string): TokenReply | CommandError {
  if (text === "") return new CommandError("the token command wrote nothing", 3);
  if (!text.startsWith("{")) return text;
  try {
    const { access_token, expires_in } = JSON.parse(text);
    if (typeof access_token === "string") return { access_token, expires_in };
  } catch {
    // It is no JSON: see below.
  }
  return new CommandError("the token command wrote neither a token nor JSON with access_token", 3);
}
