import type { JudgedCommand, Verdict } from "@fettle/workspace";

/*
 * Git commands that need the network and the user's credentials run on the host once they are allowed. A repository can
 * carry programs that git would start by itself, so those are switched off.
 */

const plainWord = /^[\w./:@=+,%^-]+$/;
const network = /^git (?:push|fetch|pull|clone|ls-remote|remote update|submodule update)(?: |$)/;
const programOptions = ["--upload-pack", "--receive-pack", "--exec", "--config", "--template"];

/** Whether an option names a program to be run, or settings that could; git takes long options cut short, and short ones in one word. */
const namesProgram = (word: string, subcommand: string | undefined): boolean => {
  const [name = ""] = word.split("=");
  if (name.startsWith("--")) return name.length > 2 && programOptions.some((option) => option.startsWith(name));
  return subcommand === "clone" && /^-\w*[uc]/.test(name);
};

const harmlessSetting = /^(?:CI|LANG|LC_[A-Z]+|TZ|NO_COLOR|FORCE_COLOR|TERM|GIT_TERMINAL_PROMPT)=/;
const switchedOff = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.ext.allow=never"];

const alone = "git may go outside of the sandbox without a question only as a plain command; run it by itself";

/** A question about the host that a rule lifted for more than this one command, with nothing around it. */
const isLifted = ({ rule, lifted, text }: JudgedCommand, script: string): boolean =>
  lifted?.run === "host" && rule?.run === "host" && !(rule.exact && text === script.trim());
/** Git reads settings that run programs also where it only reads. */
const isCompanion = ({ rule, text }: JudgedCommand): boolean => rule?.run !== "host" && /\bgit\b/.test(text);

/**
 * A rule that allows a git network command on the host counts only where the repository's programs can be switched off;
 * elsewhere the question stays, unless the rule is exact and the script is nothing but what the rule says.
 */
export const withGitQuestions = (script: string, verdict: Verdict): Verdict => {
  if (verdict.decision === "never" || gitOnHost(script) !== null) return verdict;
  const onHost = verdict.run === "host";
  const commands = verdict.commands.map(
    (command): JudgedCommand =>
      isLifted(command, script) || (onHost && isCompanion(command))
        ? { ...command, decision: "ask", rule: command.lifted, lifted: null, why: alone }
        : command,
  );
  const asked = commands.find(({ why }) => why === alone);
  if (asked === undefined) return verdict;
  if (verdict.decision === "ask") return { ...verdict, commands };
  return { ...verdict, commands, decision: "ask", why: alone, rule: asked.rule };
};

/** Fails instead of waiting for a password that nobody can type. */
export const gitEnvironment: Readonly<Record<string, string>> = { GIT_TERMINAL_PROMPT: "0" };

/** How a plain git network command is run on the host. Null for anything else: that runs as it stands. */
export const gitOnHost = (script: string): string | null => {
  const line = script.trim();
  const all = line.split(/ +/);
  if (!all.every((word) => plainWord.test(word))) return null;
  const first = all.findIndex((word) => !harmlessSetting.test(word));
  const [settings, words] = [all.slice(0, Math.max(first, 0)), all.slice(Math.max(first, 0))];
  const command = words.join(" ");
  if (!network.test(command) || words.some((word) => namesProgram(word, words[1]))) return null;
  return `${settings.map((one) => `${one} `).join("")}git ${switchedOff.map((setting) => `-c ${setting}`).join(" ")} ${words.slice(1).join(" ")}`;
};
