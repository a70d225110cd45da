// Scripts that complete commands, options and case numbers in shells. They are static: pressing Tab starts no program. Numbers
// are those of the file that `case-history.ts` writes.

import type { Command } from "commander";
import { HISTORY_FILE } from "./case-history.js";
import { UsageError } from "./exit-codes.js";

/** A command with its options, as completion needs them. */
export interface CompletionEntry {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly { readonly name: string; readonly description: string; readonly takesFile: boolean }[];
}

/** The options whose values are files. */
const FILES = ["--contracts", "--users", "--credentials", "--out", "--state", "--report"];

/** Returns the commands of a program with their options. */
export function completionEntries(program: Command): CompletionEntry[] {
  const help = program.createHelp();
  return help.visibleCommands(program).map((command) => ({
    name: command.name(),
    summary: command.summary() || command.description(),
    options: [...help.visibleOptions(command), ...help.visibleOptions(program)].flatMap(({ long, description }) =>
      long ? [{ name: long, description, takesFile: FILES.includes(long) }] : [],
    ),
  }));
}

const SCRIPTS: Readonly<Record<string, (program: string, entries: readonly CompletionEntry[]) => string>> = {
  bash,
  zsh,
  fish,
  powershell,
};

/** The shells with a script. */
export const SHELLS: readonly string[] = Object.keys(SCRIPTS);

/** Returns the script of a shell. */
export function completionScript(shell: string, program: string, entries: readonly CompletionEntry[]): string {
  const write = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (!write) throw new UsageError(`shell: expected one of ${SHELLS.join(", ")}, got "${shell}"`);
  return write(program, entries);
}

const names = (entry: CompletionEntry) => entry.options.map(({ name }) => name).join(" ");
const fileOptions = FILES.join("|");
/** The file of case numbers in a POSIX shell, and in fish, which has no default values. */
const posixHistory = `"\${XDG_STATE_HOME:-$HOME/.local/state}/${HISTORY_FILE}"`;
const functionName = (program: string) => `_${program.replaceAll("-", "_")}`;

function bash(program: string, entries: readonly CompletionEntry[]): string {
  const name = functionName(program);
  const cases = entries.map((entry) => `    ${entry.name}) words="${names(entry)}" ;;`).join("\n");
  return `# Completion of ${program} for bash: eval "$(${program} completion bash)"
${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words="" history=${posixHistory}
  COMPREPLY=()
  case "$previous" in
    ${fileOptions}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${cases}
    *) words="${entries.map((entry) => entry.name).join(" ")} --help --version" ;;
  esac
  if [ "\${COMP_WORDS[1]}" = case ] && [ "$COMP_CWORD" -gt 1 ] && [ -r "$history" ] && [ "\${current#-}" = "$current" ]; then
    COMPREPLY=($(compgen -W "$(< "$history")" -- "$current"))
    return
  fi
  [ "$COMP_CWORD" -eq 1 ] && words="${entries.map((entry) => entry.name).join(" ")} --help --version"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F ${name} ${program}
`;
}

/** Quotes text for a single-quoted word of zsh's _arguments. */
const zshText = (text: string) => text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");

function zsh(program: string, entries: readonly CompletionEntry[]): string {
  const name = functionName(program);
  const commands = entries.map((entry) => `    '${entry.name}:${zshText(entry.summary)}'`).join("\n");
  const cases = entries
    .map((entry) => {
      const options = entry.options.map(
        (option) => `'*${option.name}[${zshText(option.description)}]${option.takesFile ? ":file:_files" : ""}'`,
      );
      const rest = entry.name === "case" ? `${name}_ids` : "_default";
      return `    ${entry.name}) _arguments ${options.join(" ")} '*: :${rest}' ;;`;
    })
    .join("\n");
  return `#compdef ${program}
# Completion of ${program} for zsh: eval "$(${program} completion zsh)", or a file _${program} in a folder of $fpath.
${name}_ids() {
  local file=${posixHistory}
  local -a ids
  [[ -r $file ]] && ids=("\${(@f)$(<$file)}")
  compadd -o nosort -a ids
}
${name}() {
  local -a commands
  commands=(
${commands}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases}
  esac
}
if [ "\${funcstack[1]}" = "_${program}" ]; then
  ${name} "$@"
else
  compdef ${name} ${program}
fi
`;
}

/** Quotes text for a single-quoted word of fish. */
const fishText = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");

function fish(program: string, entries: readonly CompletionEntry[]): string {
  const lines = [
    `# Completion of ${program} for fish: ${program} completion fish | source`,
    `complete -c ${program} -f`,
  ];
  for (const entry of entries) {
    lines.push(`complete -c ${program} -n __fish_use_subcommand -a ${entry.name} -d '${fishText(entry.summary)}'`);
    for (const { name, description, takesFile } of entry.options) {
      const file = takesFile ? " -r -F" : "";
      const long = name.replace(/^--/, "");
      lines.push(
        `complete -c ${program} -n '__fish_seen_subcommand_from ${entry.name}' -l ${long}${file} -d '${fishText(description)}'`,
      );
    }
  }
  const history = `(set -q XDG_STATE_HOME; and echo $XDG_STATE_HOME; or echo $HOME/.local/state)/${HISTORY_FILE}`;
  lines.push(
    `complete -c ${program} -k -n '__fish_seen_subcommand_from case' -a '(cat ${history} 2>/dev/null)' -d 'case'`,
  );
  return `${lines.join("\n")}\n`;
}

/** Quotes text for a single-quoted word of PowerShell, which typographic quotes end as well. */
const powershellText = (text: string) => text.replace(/['\u2018-\u201b]/g, "$&$&");

function powershell(program: string, entries: readonly CompletionEntry[]): string {
  const table = entries
    .map((entry) => {
      const options = entry.options.map(({ name, description }) => `@('${name}', '${powershellText(description)}')`);
      return `    '${entry.name}' = @('${powershellText(entry.summary)}', @(${options.join(", ")}))`;
    })
    .join("\n");
  return `# Completion of ${program} for PowerShell: ${program} completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName '${program}' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = @{
${table}
  }
  $words = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
  $command = if ($words.Count -gt 1) { $words[1] } else { '' }
  $history = if ($env:LOCALAPPDATA) { $env:LOCALAPPDATA } elseif ($env:XDG_STATE_HOME) { $env:XDG_STATE_HOME } else { "$HOME/.local/state" }
  $history = "$history/${HISTORY_FILE}"
  if ($command -eq 'case' -and $words.Count -gt 1 -and -not $wordToComplete.StartsWith('-') -and (Test-Path $history)) {
    Get-Content $history | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
      [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', 'case')
    }
    return
  }
  if ($words.Count -gt 2 -or ($words.Count -eq 2 -and $wordToComplete -eq '')) {
    if ($commands.ContainsKey($command)) {
      $commands[$command][1] | Where-Object { $_[0] -like "$wordToComplete*" } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterName', $_[1])
      }
    }
  } else {
    $commands.Keys | Sort-Object | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
      [System.Management.Automation.CompletionResult]::new($_, $_, 'Command', $commands[$_][0])
    }
  }
}
`;
}
