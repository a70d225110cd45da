// The commands of the program with what all of them share.

import { Command, Option } from "commander";
import { addCaseCommand } from "./commands/case.js";
import { addCasesCommand } from "./commands/cases.js";
import { addChangesCommand } from "./commands/changes.js";
import { addDoctorCommand } from "./commands/doctor.js";
import { addExportCommand } from "./commands/export.js";
import { addMcpCommand } from "./commands/mcp.js";
import { addOverviewCommand } from "./commands/overview.js";
import { addSandboxCommand } from "./commands/sandbox.js";
import { completionEntries, completionScript, SHELLS } from "./completion.js";
import type { CommandContext, CommandRunner } from "./context.js";
import { VARIABLES } from "./credentials.js";
import { EXIT_CODES } from "./exit-codes.js";
import { packageVersion } from "./package-version.js";
import { COLOR_RULES, type ColorMode } from "./terminal.js";
import { padText } from "./text-width.js";

/** The name of the program. */
export const NAME = "cisco-support-case";

/** The options that every command has. */
export interface CommonOptions {
  readonly color: ColorMode;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Makes the program. `open` makes the surroundings of a command from its common options. */
export function createProgram(open: (options: CommonOptions) => CommandContext): Command {
  const program = new Command(NAME);
  program
    .description("Cases of the Cisco Support Case API v3 on the command line.")
    .version(packageVersion(), "-v, --version", "show the version of the package")
    .helpOption("-h, --help", "show help")
    .helpCommand(false)
    .addOption(new Option("--color <when>", "colours").choices(["auto", "always", "never"]).default("auto"))
    .option("-q, --quiet", "no progress and no notes")
    .option("--verbose", "list requests on standard error")
    .configureOutput({
      // One sentence, with the suggestion that commander writes on a line of its own.
      outputError: (text, write) => {
        const sentence = text
          .replace(/^error: /, "")
          .trimEnd()
          .replaceAll("\n", " ");
        write(`${NAME}: ${sentence}\n`);
      },
    })
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .addHelpText("after", `\n${tables()}`);
  const run: CommandRunner =
    (action) =>
    async (...args) => {
      // The last argument is the command, the one before it its options.
      const command = args.at(-1) as Command;
      const options = command.optsWithGlobals<CommonOptions>();
      await action(open(options), ...args.slice(0, -2), options);
    };
  addCaseCommand(program, run);
  addCasesCommand(program, run);
  addOverviewCommand(program, run);
  addExportCommand(program, run);
  addChangesCommand(program, run);
  addDoctorCommand(program, run);
  addMcpCommand(program, run);
  addSandboxCommand(program, run);
  program
    .command("completion")
    .summary("print a script that completes commands and options in a shell")
    .description(`Prints a script that completes commands and options: ${SHELLS.join(", ")}.`)
    .argument("<shell>", SHELLS.join(", "))
    .addHelpText("after", `\nExamples:\n  eval "$(${NAME} completion bash)"\n  ${NAME} completion fish | source`)
    .action(
      run((context, shell) =>
        context.output.write(completionScript(shell as string, NAME, completionEntries(program))),
      ),
    );
  // The parser's own command writes the help of the program for a command that does not exist, without a word about it.
  program
    .command("help")
    .summary("show help for a command")
    .argument("[command]")
    .action(async (name?: string) => {
      const command = name === undefined ? program : program.commands.find((one) => one.name() === name);
      if (command) command.outputHelp();
      // The parser names the nearest command.
      else await program.parseAsync([name as string], { from: "user" });
    });
  return program;
}

function tables(): string {
  const section = (title: string, rows: readonly (readonly [string, string])[]) => {
    const width = Math.max(...rows.map(([name]) => name.length)) + 2;
    return `${title}\n${rows.map(([name, meaning]) => `  ${padText(name, width)}${meaning}`).join("\n")}`;
  };
  return [
    section("Environment:", VARIABLES),
    section("Colours, the first that applies:", COLOR_RULES),
    section("Exit codes:", Object.entries(EXIT_CODES)),
    `Examples:
  ${NAME} cases --sandbox --severity 1,2 --open
  ${NAME} case 612345678
  ${NAME} export --contracts contracts.txt --created-from 2025-01-01 --out cases.csv`,
  ].join("\n\n");
}
