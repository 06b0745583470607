import type { CommandWord } from "./command-words.ts";
import { hints, type Inner, type Inside, type Look, scriptIn, unclear } from "./inside.ts";
import { skipOptions, type WrapperOptions, wrapperOptions } from "./wrapper-options.ts";

/*
 * Programs of package and environment managers that run a command of somebody's choice. They may fetch it first, and a
 * rule that allows them allows what they run; so what they run can only raise a question or forbid.
 */

type Runner = {
  /** Options in front of the command. */
  readonly options: WrapperOptions;
  /** Options whose value is a script for a shell. */
  readonly code?: readonly string[];
  /** Options in front of the subcommand. */
  readonly before?: WrapperOptions;
};

/** A first word with blanks is a script for those that start a shell, with what follows or by itself; for others a name nobody has. */
const commandIn = (words: readonly CommandWord[]): Inner[] => {
  const [first] = words;
  if (first === undefined) return [];
  if (first.value === null || !/\s/.test(first.value)) return [{ words, settings: [] }];
  const whole = words.map(({ value }) => value ?? '"$1"').join(" ");
  return [...new Set([first.value, whole])].map((script) => ({ script, posix: true }));
};

const isDashes = (word: CommandWord): boolean => word.value === "--";

const through = (words: readonly CommandWord[], { options, code = [] }: Runner): Inside | null => {
  if (words.length === 2 && /^(?:--version|--help|-h|-V)$/.test(words[1]?.value ?? "")) return null;
  const skipped = skipOptions(words, options);
  if (!skipped.ok) return unclear(skipped.why);
  const scripts = skipped.values.filter(([name]) => code.includes(name)).map(([, value]) => scriptIn(value));
  if (scripts.includes(null)) return unclear("the script it gets is computed");
  const rest = words.slice(skipped.at);
  const first = rest.findIndex((word) => !isDashes(word));
  return hints([...scripts.filter((one) => one !== null), ...commandIn(first === -1 ? [] : rest.slice(first))]);
};

/** Finds the subcommand (`exec`, or `tool run`) behind options of the program itself, as far as these are known. */
const subcommandIn = (words: readonly CommandWord[], names: readonly string[], before: WrapperOptions | undefined) => {
  const skipped = skipOptions(words, before ?? wrapperOptions(""));
  const starts = skipped.ok ? [skipped.at] : [...words.keys()].slice(1);
  for (const at of starts) {
    for (const name of names) {
      const parts = name.split(" ");
      if (parts.every((part, index) => words[at + index]?.value === part))
        return { at: at + parts.length - 1, sure: skipped.ok };
    }
  }
  return null;
};

/** A program with subcommands, some of which run a command. */
const withSubcommands =
  (runners: Readonly<Record<string, Runner>>): Look =>
  (words) => {
    for (const [name, runner] of Object.entries(runners)) {
      const found = subcommandIn(words, [name], runner.before);
      if (found === null) continue;
      return found.sure
        ? through(words.slice(found.at), runner)
        : unclear("an option before its subcommand is not known");
    }
    return null;
  };

const direct =
  (runner: Runner): Look =>
  (words) =>
    through(words, runner);

const npmFlags =
  "y yes no q s d quiet silent verbose ws workspaces include-workspace-root foreground-scripts offline prefer-offline prefer-online no-install no-audit no-fund g global ignore-scripts";
const npmValues = "p package w workspace prefix registry cache loglevel userconfig script-shell C";
const npmOptions = wrapperOptions(npmFlags, `${npmValues} c call`);

/** Npm takes options of its own behind the command's name too, until `--`. */
const throughNpmExec: Look = (words) => {
  const found = subcommandIn(words, ["exec", "x", "explore"], wrapperOptions(npmFlags, npmValues));
  if (found === null) return null;
  if (!found.sure) return unclear("an option before its subcommand is not known");
  const rest = words.slice(found.at);
  const inside = through(rest, { options: npmOptions, code: ["c", "call"] });
  const end = rest.findIndex(isDashes);
  const own = end === -1 ? rest : rest.slice(0, end);
  const late = own.findIndex((word) => /^(?:-c|--call)(?:=|$)/.test(word.value ?? ""));
  if (inside === null || inside.unclear !== null) return inside;
  const skipped = own.filter((word, index) => index === 0 || !/^-/.test(word.value ?? ""));
  // `npm exec rm -- -rf x`: the dashes only end npm's own options.
  const whole = [...skipped.slice(1), ...(end === -1 ? [] : rest.slice(end + 1))];
  const text = late === -1 ? undefined : (/^--call=(.*)$/s.exec(own[late]?.value ?? "")?.[1] ?? own[late + 1]);
  const script = text === undefined ? null : scriptIn(text);
  if (text !== undefined && script === null) return unclear("the script it gets is computed");
  const behind = end === -1 ? [] : commandIn(rest.slice(end + 1));
  return hints([...inside.inner, ...commandIn(whole), ...behind, ...(script === null ? [] : [script])]);
};

const pnpmFlags =
  "r w s recursive workspace-root silent parallel stream bail no-bail no-sort reverse aggregate-output no-reporter-hide-prefix";
const pnpmValues = "C F dir filter filter-prod loglevel reporter workspace-concurrency resume-from package allow-build";
const pnpmOptions = wrapperOptions(`${pnpmFlags} c shell-mode report-summary`, pnpmValues);
const pnpmBefore = wrapperOptions(pnpmFlags, pnpmValues);
const pnpmOwn = new Set(
  `add i install install-test it up update upgrade remove rm un uninstall link ln unlink rebuild rb prune fetch import dedupe
  patch patch-commit patch-remove audit outdated ls ll list la why licenses create run run-script test t tst start stop
  restart publish pack store root bin config c get set setup server env doctor init deploy self-update cat-file find-hash
  cat-index approve-builds ignored-builds help version exec dlx`.split(/\s+/),
);

const throughPnpm: Look = (words, redirects) => {
  const inside = withSubcommands({
    exec: { options: pnpmOptions, before: pnpmBefore },
    dlx: { options: pnpmOptions, before: pnpmBefore },
  })(words, redirects);
  if (inside !== null) return inside;
  const skipped = skipOptions(words, pnpmBefore);
  const rest = skipped.ok ? words.slice(skipped.at) : [];
  // A command that pnpm does not have is run as `pnpm exec` does.
  return rest[0]?.value == null || pnpmOwn.has(rest[0].value) ? null : hints(commandIn(rest));
};

const uvFlags = `v q n verbose quiet offline isolated active no-sync locked frozen no-project no-dev dev only-dev all-extras
  all-groups all-packages exact no-editable inexact no-env-file no-cache native-tls no-config no-progress managed-python
  no-managed-python refresh reinstall U upgrade no-index no-build no-binary no-build-isolation no-sources compile-bytecode
  no-python-downloads no-default-groups s script gui-script m module no-extra`;
const uvValues = `p python with with-editable with-requirements extra group no-group only-group package directory project
  env-file index default-index i index-url extra-index-url f find-links index-strategy keyring-provider resolution prerelease
  exclude-newer link-mode C config-setting refresh-package reinstall-package P upgrade-package cache-dir config-file color
  python-preference python-platform allow-insecure-host from c constraints overrides build-constraints`;
const uv = wrapperOptions(uvFlags, uvValues);

/** The command stands behind `-c` or `--command`, to the end; `nix-shell` takes one script as a word. */
const throughNix: Look = (words) => {
  if (!words.some((word, index) => index > 0 && /^(?:develop|shell|env)$/.test(word.value ?? ""))) return null;
  const at = words.findIndex((word) => /^(?:-c|--command)$/.test(word.value ?? ""));
  if (at !== -1) return hints(commandIn(words.slice(at + 1)));
  return words.some((word) => /^(?:--help|--version)$/.test(word.value ?? ""))
    ? null
    : unclear("a shell reads its commands from its input");
};
const throughNixShell: Look = (words) => {
  const at = words.findIndex((word) => /^--(?:run|command)(?:=|$)/.test(word.value ?? word.shown));
  if (at === -1)
    return words.some((word) => /^(?:--help|--version)$/.test(word.value ?? ""))
      ? null
      : unclear("a shell reads its commands from its input");
  const attached = /^--\w+=(.*)$/s.exec(words[at]?.value ?? "")?.[1];
  const script = scriptIn(attached ?? words[at + 1]);
  return script === null ? unclear("the script it gets is computed") : hints([script]);
};

const miseOptions = wrapperOptions("y q v yes quiet verbose raw fresh-env no-prepare", "C E j c cd env jobs command");
const throughMise: Look = (words) => {
  const found = subcommandIn(words, ["exec", "x"], wrapperOptions("y q v yes quiet verbose", "C E cd env"));
  if (found === null) return null;
  const tools = (word: CommandWord): boolean => /^[^/\s]+@[^\s]*$/.test(word.value ?? "");
  return through(
    words
      .slice(found.at)
      .filter((word, index, all) => index === 0 || !tools(word) || all.slice(0, index).some(isDashes)),
    {
      options: miseOptions,
      code: ["c", "command"],
    },
  );
};

const none: Runner = { options: wrapperOptions("") };
const poetryBefore = wrapperOptions(
  "q v n quiet verbose no-interaction ansi no-ansi no-plugins no-cache",
  "C P directory project",
);
const npx: Runner = { options: npmOptions, code: ["c", "call"] };
const bun: Runner = { options: wrapperOptions("bun no-install verbose silent", "p package") };
const yarnBefore = wrapperOptions("s silent verbose offline", "cwd");
const yarn: Runner = { options: wrapperOptions("q quiet", "p package"), before: yarnBefore };
const container: Runner = {
  options: wrapperOptions(
    "d i t T detach interactive tty privileged",
    "e u w env env-file user workdir detach-keys index",
    {
      operands: 1,
    },
  ),
  before: wrapperOptions("D debug", "H host c context l log-level f file p project-name env-file profile"),
};

const lerna: Runner = {
  options: wrapperOptions("stream parallel no-bail no-sort no-prefix", "concurrency scope ignore since loglevel"),
};

const yarnRuns = withSubcommands({ exec: yarn, dlx: yarn });
/** `yarn workspace NAME exec …`, `yarn workspaces foreach -A exec …`. */
const throughYarn: Look = (words, redirects) => {
  const at = /^workspaces?$/.test(words[1]?.value ?? "") ? words.findIndex(({ value }) => value === "exec") : 1;
  return at === -1 ? null : yarnRuns(words.slice(at - 1), redirects);
};

const containerExec = withSubcommands({ exec: container });
/** `docker compose` takes options of its own in front of its subcommand. */
const throughDocker: Look = (words, redirects) => {
  const compose = subcommandIn(words, ["compose"], container.before);
  return containerExec(compose === null ? words : words.slice(compose.at), redirects);
};

/** `kubectl exec POD -- COMMAND`. */
const throughKubectl: Look = (words) => {
  const end = words.findIndex(isDashes);
  const isExec = words.slice(0, end === -1 ? words.length : end).some((word) => word.value === "exec");
  return isExec && end !== -1 ? hints(commandIn(words.slice(end + 1))) : null;
};

export const runnerLooks: Readonly<Record<string, Look>> = {
  npm: throughNpmExec,
  npx: direct(npx),
  pnpm: throughPnpm,
  pnpx: direct({ options: pnpmOptions }),
  yarn: throughYarn,
  lerna: withSubcommands({ exec: lerna }),
  bunx: direct(bun),
  bun: withSubcommands({ x: { ...bun, before: wrapperOptions("bun silent", "cwd") } }),
  shx: direct(none),
  uv: withSubcommands({ "tool run": { options: uv, before: uv }, run: { options: uv, before: uv } }),
  uvx: direct({ options: uv }),
  poetry: withSubcommands({ run: { ...none, before: poetryBefore } }),
  pipenv: withSubcommands({ run: { ...none, before: wrapperOptions("q v quiet verbose site-packages", "python") } }),
  pdm: withSubcommands({ run: { options: wrapperOptions("s l site-packages list no-self", "p project venv") } }),
  rye: withSubcommands({ run: { options: wrapperOptions("l list v q", "pyproject") } }),
  hatch: withSubcommands({ run: { ...none, before: wrapperOptions("v q verbose quiet", "e env p project") } }),
  conda: withSubcommands({
    run: {
      options: wrapperOptions("v live-stream no-capture-output", "n p name prefix cwd"),
      before: wrapperOptions(""),
    },
  }),
  bundle: withSubcommands({ exec: { options: wrapperOptions("keep-file-descriptors", "gemfile") } }),
  mise: throughMise,
  rtx: throughMise,
  asdf: withSubcommands({ exec: none }),
  rbenv: withSubcommands({ exec: none }),
  pyenv: withSubcommands({ exec: none }),
  nodenv: withSubcommands({ exec: none }),
  volta: withSubcommands({ run: { options: wrapperOptions("bundled-npm no-yarn no-pnpm", "node npm yarn pnpm env") } }),
  rustup: withSubcommands({ run: { options: wrapperOptions("install", "", { operands: 1 }) } }),
  direnv: withSubcommands({ exec: { options: wrapperOptions("", "", { operands: 1 }) } }),
  nix: throughNix,
  "nix-shell": throughNixShell,
  docker: throughDocker,
  podman: withSubcommands({ exec: container }),
  kubectl: throughKubectl,
  oc: throughKubectl,
};
