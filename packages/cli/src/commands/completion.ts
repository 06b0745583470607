import { listThreads } from "@fettle/agent";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { oneLine } from "../render/plain-text.ts";
import { UsageError } from "../usage-error.ts";
import { type Completion, completionsFor } from "./completion-words.ts";
import * as help from "./help.ts";

const pages = {
  main: help.mainHelp,
  commands: {
    exec: help.execHelp,
    resume: help.resumeHelp,
    plan: help.planHelp,
    init: help.initHelp,
    context: help.contextHelp,
    skills: help.skillsHelp,
    threads: help.threadsHelp,
    fork: help.forkHelp,
    steer: help.steerHelp,
    undo: help.undoHelp,
    diff: help.diffHelp,
    trust: help.trustHelp,
    autonomy: help.autonomyHelp,
    policy: help.policyHelp,
    models: help.modelsHelp,
    "apply-patch": help.applyPatchHelp,
    acp: help.acpHelp,
    rpc: help.rpcHelp,
    sandbox: help.sandboxHelp,
    mcp: help.mcpHelp,
    doctor: help.doctorHelp,
    completion: help.completionHelp,
  },
};

/** A script for each shell that asks us for the words; where we know none, the shell offers files. */
const scripts: Readonly<Record<string, string>> = {
  bash: `_fettle() {
  local IFS=$'\\n'
  COMPREPLY=( $(fettle completion --words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1) )
}
complete -o default -F _fettle fettle
`,
  zsh: `#compdef fettle
_fettle() {
  local -a lines
  lines=("\${(@f)$(fettle completion --words -- "\${(@)words[2,CURRENT]}" 2>/dev/null | sed -e 's/:/\\\\:/g' -e 's/\\t/:/')}")
  if [[ -n "\${lines[1]}" ]]; then _describe fettle lines; else _files; fi
}
if [[ "$funcstack[1]" == _fettle ]]; then _fettle "$@"; else compdef _fettle fettle; fi
`,
  fish: `function __fettle_words
  set -l found (fettle completion --words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c fettle -f -a '(__fettle_words)'
`,
};

const mostThreads = 20;

const threadWords = (): Completion[] =>
  listThreads(fettleHome(), { limit: mostThreads, cwd: process.cwd() }).map(({ id, title }) => ({
    word: id,
    about: oneLine(title, 60),
  }));

/** `fettle completion`: the script for a shell, and the words that it asks for. */
export const completion = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("completion", args, {
    words: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(help.completionHelp);
    return 0;
  }
  if (values.words === true) {
    const { skillWords } = await import("./skills.ts");
    const found = completionsFor(positionals, pages, { threads: threadWords, skills: skillWords });
    for (const { word, about } of found) process.stdout.write(`${word}\t${about}\n`);
    return 0;
  }
  const [shell = "", ...more] = positionals;
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined || more.length > 0)
    throw new UsageError(`completion needs one shell: ${Object.keys(scripts).join(", ")}`);
  process.stdout.write(script);
  return 0;
};
