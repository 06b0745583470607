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

const switchedOff = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.ext.allow=never"];

/** Fails instead of waiting for a password that nobody can type. */
export const gitEnvironment: Readonly<Record<string, string>> = { GIT_TERMINAL_PROMPT: "0" };

/** How a plain git network command is run on the host. Null for anything else: that runs as it stands. */
export const gitOnHost = (script: string): string | null => {
  const line = script.trim();
  const words = line.split(/ +/);
  if (!words.every((word) => plainWord.test(word))) return null;
  const command = words.join(" ");
  if (!network.test(command) || words.some((word) => namesProgram(word, words[1]))) return null;
  return `git ${switchedOff.map((setting) => `-c ${setting}`).join(" ")} ${words.slice(1).join(" ")}`;
};
