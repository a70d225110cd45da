// Starts and ends programs: each has a time limit.

import { spawn } from "node:child_process";
import { dirname } from "node:path";

const ENVIRONMENT = {
  // Tools run on the Node of this process: some need a newer one than the package does.
  PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
  CI: "true",
  NO_COLOR: "1",
  FORCE_COLOR: undefined,
  // Disables telemetry.
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  DO_NOT_TRACK: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  WRANGLER_SEND_METRICS: "false",
};

const running = new Set();
process.once("exit", () => running.forEach(end));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

function start(command, args, { folder, env }) {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...ENVIRONMENT, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, so that its child processes end with it.
    detached: true,
  });
  running.add(child);
  child.output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (child.output += data));
  child.ended = new Promise((done) => {
    child.on("error", (error) => done(error.message));
    child.on("close", (code, signal) => done(code ?? signal));
  });
  child.ended.then(() => running.delete(child));
  return child;
}

function end(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The process has already ended.
  }
}

/** Runs a program to its end and returns its output, or throws an error with it. */
export async function run(command, args, options) {
  const child = start(command, args, options);
  const timer = setTimeout(end, options.seconds * 1000, child);
  const code = await child.ended;
  clearTimeout(timer);
  end(child);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${child.output}`);
  return child.output;
}

/** Starts a server and waits until its output matches; returns the match and a function to stop it. */
export async function startServer(command, args, options, pattern) {
  const child = start(command, args, options);
  const stop = async () => {
    end(child);
    await child.ended;
  };
  const timeout = new Promise((done) => setTimeout(done, options.seconds * 1000, "timed out").unref());
  const found = new Promise((done) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", () => {
        const match = pattern.exec(child.output);
        if (match) done(match);
      });
    }
  });
  const outcome = await Promise.race([found, child.ended, timeout]);
  if (Array.isArray(outcome)) return { match: outcome, stop, output: () => child.output };
  await stop();
  throw new Error(`${command} ${args.join(" ")}: ${outcome}\n${child.output}`);
}
