/*
 * Commands that only read, judged by their arguments. This decides what needs no snapshot, not what is safe: such a
 * command still runs in the sandbox with the workspace mounted read-only, so that git's configured programs (textconv,
 * file system monitor) or an option missed here cannot change it either.
 */

/** Null stands for an argument that is known only when the script runs. */
export type Arguments = readonly (string | null)[];

/** Whatever their arguments are, these only read and print. */
const harmless = new Set(
  `: true false ls cat head tail wc grep egrep fgrep echo pwd which type stat du df cut tr nl diff cmp jq seq
  basename dirname realpath readlink id whoami groups uname nproc arch printenv ps md5sum sha1sum sha256sum sha512sum
  cksum b2sum od hexdump strings tac rev fold paste comm join expand unexpand column sleep cd uptime free tty locale
  getconf zcat tsort factor numfmt base64 base32`.split(/\s+/),
);

const known = (args: Arguments): args is readonly string[] => args.every((arg) => arg !== null);

const without =
  (forbidden: RegExp) =>
  (args: Arguments): boolean =>
    known(args) && !args.some((arg) => forbidden.test(arg));

const operands = (args: readonly string[]): string[] => args.filter((arg) => !arg.startsWith("-"));

/** One address or a range before `p`: `5p`, `1,20p`, `/re/p`, `/a/,/b/p`, `$p`; also `=` and `q`. */
const address = String.raw`(?:\d+|\$|/(?:[^/\\\n]|\\.)*/)`;
const printingSed = new RegExp(`^\\s*(?:${address}(?:,\\+?${address})?)?\\s*[p=q]\\s*$`);

const sedOnlyPrints = (args: Arguments): boolean => {
  if (!known(args)) return false;
  const scripts: string[] = [];
  let quiet = false;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (/^-[nErsuz]+$/.test(arg)) quiet ||= arg.includes("n");
    else if (arg === "--quiet" || arg === "--silent") quiet = true;
    else if (arg === "-e" || arg === "-ne") {
      quiet ||= arg === "-ne";
      index += 1;
      scripts.push(args[index] ?? "");
    } else if (arg.startsWith("-")) return false;
    else if (scripts.length === 0) scripts.push(arg);
  }
  return (
    quiet && scripts.length > 0 && scripts.every((script) => script.split(";").every((one) => printingSed.test(one)))
  );
};

const dateOnlyTells = (args: Arguments): boolean => {
  if (!known(args)) return false;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (/^-(?:d|r|f)$/.test(arg)) index += 1;
    else if (!/^\+|^-[uRI]|^--(?:utc|date=|reference=|iso-8601|rfc-)/.test(arg)) return false;
  }
  return true;
};

/** Options that make git write a file or run a program of somebody's choice. */
const gitEscapes = ["--output", "--ext-diff", "--open-files-in-pager", "--exec", "--upload-pack"];
/** Git takes long options cut short; short ones may stand in a cluster. */
const escapesGit = (arg: string): boolean => {
  const [name = ""] = arg.split("=");
  if (name.startsWith("--")) return name.length > 2 && gitEscapes.some((one) => one.startsWith(name));
  return /^-[^-SGLefABCm]*O/.test(arg);
};

const gitReaders = new Set(
  `status log diff show blame annotate ls-files ls-tree rev-parse rev-list cat-file describe shortlog grep merge-base
  name-rev for-each-ref show-ref show-branch diff-tree diff-index diff-files whatchanged check-ignore check-attr
  count-objects cherry range-diff version`.split(/\s+/),
);

const onlyListing = (allowed: RegExp) => (args: readonly string[]) => args.every((arg) => allowed.test(arg));

/** Subcommands that read with some arguments and write with others. */
const gitSometimes: Readonly<Record<string, (args: readonly string[]) => boolean>> = {
  branch: onlyListing(
    /^(?:--list|-l|-a|--all|-r|--remotes|-v|-vv|--verbose|--show-current|--no-color|--sort=.*|--format=.*)$/,
  ),
  tag: (args) => args.length === 0 || ["-l", "--list"].includes(args[0] ?? ""),
  remote: (args) => onlyListing(/^(?:-v|--verbose)$/)(args) || args[0] === "get-url",
  stash: (args) => args[0] === "list" || args[0] === "show",
  worktree: (args) => args[0] === "list",
  reflog: (args) => args.length === 0 || args[0] === "show" || /^(?:-|HEAD)/.test(args[0] ?? ""),
  config: (args) => /^(?:--get|--get-all|--get-regexp|--list|-l|get|list)$/.test(args[0] ?? ""),
  submodule: (args) => args[0] === "status",
};

const gitOnlyReads = (args: Arguments): boolean => {
  if (!known(args)) return false;
  let at = 0;
  for (; at < args.length && (args[at] ?? "").startsWith("-"); at += 1) {
    const option = args[at] ?? "";
    if (option === "-C") at += 1;
    else if (option === "--version") return args.length === 1;
    else if (option !== "--no-pager" && option !== "--no-optional-locks") return false;
  }
  const subcommand = args[at] ?? "";
  const rest = args.slice(at + 1);
  if (rest.some(escapesGit)) return false;
  return (
    gitReaders.has(subcommand) || (Object.hasOwn(gitSometimes, subcommand) && gitSometimes[subcommand]?.(rest) === true)
  );
};

const variableNames = /^(?:-r|[a-z_][a-z0-9_]*)$/;

/** Programs that say their version and nothing else when asked. */
const asksVersion = (args: Arguments): boolean => args.length === 1 && args[0] === "--version";
const asksVersionShortly = (args: Arguments): boolean => asksVersion(args) || (args.length === 1 && args[0] === "-v");

const judged: Readonly<Record<string, (args: Arguments) => boolean>> = {
  rg: without(/^(?:--pre|--hostname-bin|--search-zip|-[A-Za-z]*z)/),
  find: without(/^-(?:exec|execdir|ok|okdir|delete|fprint|fprint0|fprintf|fls)$/),
  fd: without(/^(?:-[a-zA-Z]*[xX]|--exec|--exec-batch)/),
  tree: without(/^(?:-[a-zA-Z]*o|--output)/),
  sort: without(/^(?:-[a-zA-Z]*[oT]|--o|--c)/),
  uniq: (args) => known(args) && operands(args).length <= 1,
  // `-v` assigns to a variable, whose index can hold a substitution.
  printf: (args) => args[0] != null && !args[0].startsWith("-v"),
  test: without(/^-v$/),
  "[": without(/^-v$/),
  read: (args) => known(args) && args.every((arg) => variableNames.test(arg)),
  env: (args) => args.length === 0,
  command: (args) => known(args) && /^-[vV]$/.test(args[0] ?? ""),
  sed: sedOnlyPrints,
  date: dateOnlyTells,
  git: gitOnlyReads,
  hostname: (args) => args.length === 0,
  file: without(/^(?:-[a-zA-Z]*C|--co)/),
  node: asksVersionShortly,
  npm: asksVersionShortly,
  npx: asksVersion,
  tsc: asksVersion,
  cargo: asksVersion,
  python: asksVersion,
  python3: asksVersion,
  go: (args) => args.length === 1 && args[0] === "version",
};

/** True when this call of a program is known to change nothing. */
export const onlyReads = (name: string, args: Arguments): boolean =>
  harmless.has(name) || (Object.hasOwn(judged, name) && judged[name]?.(args) === true);
