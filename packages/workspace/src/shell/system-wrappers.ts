import { type CommandWord, unknownWord } from "./command-words.ts";
import { hints, type Inside, type Look, runs, unclear } from "./inside.ts";
import { computedVariable } from "./script-variables.ts";
import { skipOptions, type WrapperOptions, wrapperOptions } from "./wrapper-options.ts";

/* Programs that give a command other limits, rights or surroundings, or watch it. */

const after = (words: readonly CommandWord[], options: WrapperOptions, more: Partial<Inside>): Inside | null => {
  const skipped = skipOptions(words, options);
  if (!skipped.ok) return unclear(skipped.why);
  const rest = words.slice(skipped.at);
  return rest.length === 0 ? null : { ...runs(rest, skipped.settings), ...more };
};

/** They change a setting of the process and run what follows. */
const setting =
  (options: WrapperOptions): Look =>
  (words) =>
    after(words, options, {});
/** They give the command other rights or another place, so that they are never passed over. */
const power =
  (options: WrapperOptions): Look =>
  (words) =>
    after(words, options, { transparent: false });
/** They write what they see of the command; who allows them allows it. */
const watching =
  (options: WrapperOptions): Look =>
  (words) =>
    after(words, options, { transparent: false, hinting: true });

const systemdOptions = wrapperOptions(
  `user system scope wait pty t pipe P quiet q no-block collect G shell S same-dir d remain-after-exit r no-ask-password
  slice-inherit send-sighup ignore-failure`,
  `p property u unit E setenv uid gid nice slice description working-directory H host M machine service-type on-active
  on-boot on-startup on-unit-active on-unit-inactive on-calendar timer-property path-property socket-property background
  expand-environment`,
);
const throughSystemd: Look = (words) => {
  const skipped = skipOptions(words, systemdOptions);
  if (!skipped.ok) return unclear(skipped.why);
  if (skipped.seen.has("shell") || skipped.seen.has("S")) return unclear("a shell reads its commands from its input");
  const set = skipped.values.flatMap(([name, value]) => {
    const text = typeof value === "string" ? value : value.value;
    if (name === "p" || name === "property")
      return /^Environment/.test(text ?? "Environment") ? [computedVariable] : [];
    if (name !== "E" && name !== "setenv") return [];
    return [text === null ? computedVariable : (text.split("=")[0] ?? text)];
  });
  // A property such as ExecStartPre= is a command of its own.
  const runsMore = skipped.values.some(([, value]) => /^Exec/.test(typeof value === "string" ? value : value.shown));
  if (runsMore) return unclear("a property of it is a command");
  const rest = words.slice(skipped.at);
  return rest.length === 0 ? null : runs(rest, set, false);
};

/** How many words each option of bubblewrap takes; those of which the number is not known make it unclear. */
const bwrapWords: readonly (readonly string[])[] = [
  `unshare-all unshare-user unshare-user-try unshare-ipc unshare-pid unshare-net unshare-uts unshare-cgroup unshare-cgroup-try
  share-net die-with-parent new-session as-pid-1 disable-userns assert-userns-disabled clearenv level-prefix`.split(
    /\s+/,
  ),
  `uid gid hostname chdir unsetenv lock-file sync-fd proc dev tmpfs mqueue dir remount-ro exec-label file-label seccomp
  add-seccomp-fd block-fd userns-block-fd userns userns2 pidns info-fd json-status-fd cap-add cap-drop perms size argv0
  overlay-src tmp-overlay ro-overlay`.split(/\s+/),
  `bind bind-try dev-bind dev-bind-try ro-bind ro-bind-try bind-fd ro-bind-fd setenv file bind-data ro-bind-data symlink
  chmod`.split(/\s+/),
  ["overlay"],
];
const throughBwrap: Look = (words) => {
  const settings: string[] = [];
  let at = 1;
  while (at < words.length) {
    const text = words[at]?.value ?? null;
    if (text === null && words[at]?.mayBeOption === true) return unclear("its options are computed");
    if (text === "--") return runs(words.slice(at + 1), settings, false);
    if (text === null || !text.startsWith("-")) break;
    const count = bwrapWords.findIndex((names) => names.includes(text.slice(2)));
    if (count === -1 || !text.startsWith("--")) return unclear(`option ${text} is not known`);
    if (words.slice(at + 1, at + 1 + count).some((word) => word.splits)) return unclear("its options are computed");
    if (text === "--setenv") settings.push(words[at + 1]?.value ?? computedVariable);
    at += count + 1;
  }
  return at < words.length ? runs(words.slice(at), settings, false) : null;
};

const perfOptions = wrapperOptions(
  `a B d v n N g i s q c T A R S f all-cpus verbose null no-inherit detailed call-graph big-num no-big-num append inherit
  group sync repeat-forever summary per-core per-socket per-node per-thread quiet no-buildid no-samples`,
  `e C p t r o x I F D G M j m event cpu pid tid repeat output field-separator interval-print freq count delay cgroup
  metrics mmap-pages call-graph branch-filter max-size switch-output time-limit duration control`,
);
const perfRuns = new Set(["stat", "record", "trace", "top", "ftrace", "mem", "lock", "sched", "kvm", "c2c"]);
const throughPerf: Look = (words) => {
  const [, first, second] = words;
  if (first === undefined || (first.value !== null && !perfRuns.has(first.value))) return null;
  const nested = second?.value === "record" || second?.value === "trace";
  return after(words.slice(nested ? 2 : 1), perfOptions, { transparent: false, hinting: true });
};

/** Each option of valgrind is a word of its own. */
const valgrindOptions = wrapperOptions("q v d h", "", { pattern: /^--(?!db-command)[\w-]+(?:=.*)?$/s });

const limits = "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack";
const prlimitOptions = wrapperOptions("noheadings raw verbose", "p pid o output", {
  pattern: new RegExp(`^(?:-[cdefilmnqrstuvxy][\\d:,a-z]*|--(?:${limits.replaceAll(" ", "|")})(?:=.*)?)$`),
});
const throughEnvironment: Look = (words) => {
  const inside = after(words, wrapperOptions("i", "", { operands: 1 }), { transparent: false });
  if (inside === null || inside.unclear !== null) return inside;
  return {
    ...inside,
    inner: inside.inner.map((one) => ("words" in one ? { ...one, settings: [computedVariable] } : one)),
  };
};
const chpstOptions = wrapperOptions("v P 0 1 2", "u U b e / n l L m d o p f c r t");
const throughChpst: Look = (words) => {
  const inside = after(words, chpstOptions, { transparent: false });
  return inside === null || inside.unclear !== null || !words.some((word) => /^-\w*e/.test(word.value ?? "-e"))
    ? inside
    : {
        ...inside,
        inner: inside.inner.map((one) => ("words" in one ? { ...one, settings: [computedVariable] } : one)),
      };
};

/** They run what they read after the sandbox is gone. */
const later: Look = (words) =>
  words.some((word) => /^-(?:l|r|d|c|V)/.test(word.value ?? "")) ? null : unclear("commands that it reads run later");

/** Each operand, and the value of some options, is a script: values of the others are no commands that matter. */
const throughScripts: Look = (words) => {
  const texts = words.slice(1).map((word) => {
    if (word.value === null) return null;
    const attached = /^--[\w-]+=(.*)$/s.exec(word.value)?.[1];
    return attached ?? (/^-./.test(word.value) ? "" : word.value);
  });
  if (texts.includes(null)) return unclear("a command that it measures is computed");
  // `{name}` is filled in from a list.
  return hints(
    texts
      .filter((text) => text !== null && text !== "")
      .map((text) => ({ script: (text ?? "").replace(/(?<!\$)\{\w+\}/g, '"$1"'), posix: true })),
  );
};

const entrOptions = wrapperOptions("a c d n p r s x z");
const throughEntr: Look = (words) => {
  const skipped = skipOptions(words, entrOptions);
  if (!skipped.ok) return unclear(skipped.why);
  const rest = words
    .slice(skipped.at)
    .map((word) => (word.value === "/_" ? unknownWord("/_", { splits: false, mayBeOption: false }) : word));
  const [first] = rest;
  if (first === undefined) return null;
  if (!skipped.seen.has("s")) return { ...runs(rest), transparent: false, hinting: true };
  return first.value === null
    ? unclear("the script it gets is computed")
    : hints([{ script: first.value, posix: true }]);
};

export const systemLooks: Readonly<Record<string, Look>> = {
  prlimit: setting(prlimitOptions),
  numactl: setting(
    wrapperOptions(
      "s H l a show hardware localalloc all balancing",
      "i N C m p P w interleave cpunodebind physcpubind membind preferred preferred-many weighted-interleave",
    ),
  ),
  "systemd-run": throughSystemd,
  "systemd-inhibit": power(wrapperOptions("list no-pager no-legend", "what who why mode")),
  "systemd-nspawn": () => unclear("what runs in that machine is not understood"),
  setpriv: power(
    wrapperOptions(
      "d dump clear-groups keep-groups init-groups no-new-privs nnp reset-env list-caps",
      `reuid regid ruid euid rgid egid groups inh-caps ambient-caps bounding-set securebits pdeathsig selinux-label
      apparmor-profile ptracer landlock-access landlock-rule seccomp-filter`,
    ),
  ),
  gosu: power(wrapperOptions("", "", { operands: 1 })),
  "su-exec": power(wrapperOptions("", "", { operands: 1 })),
  setuidgid: power(wrapperOptions("s", "", { operands: 1 })),
  envdir: throughEnvironment,
  chpst: throughChpst,
  bwrap: throughBwrap,
  "dbus-run-session": power(wrapperOptions("", "config-file")),
  "dbus-launch": power(
    wrapperOptions("exit-with-session exit-with-x11 sh-syntax auto-syntax", "config-file autolaunch"),
  ),
  "ssh-agent": power(wrapperOptions("c D d k s", "a E O P t")),
  ltrace: watching(wrapperOptions("c C f h i L r S t T V", "a A b D e F l n o p s u w x X")),
  perf: throughPerf,
  valgrind: watching(valgrindOptions),
  hyperfine: throughScripts,
  concurrently: throughScripts,
  at: later,
  batch: later,
  entr: throughEntr,
};
