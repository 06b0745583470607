import { type CommandWord, unknownWord } from "./command-words.ts";
import { joined, type Look, runs, script, unclear } from "./inside.ts";
import { joinWords } from "./join-words.ts";
import { skipOptions, type WrapperOptions, wrapperOptions } from "./wrapper-options.ts";

/** These change a setting of the process and run what follows. */
const settingWrappers: Readonly<Record<string, WrapperOptions>> = {
  timeout: wrapperOptions("v f p foreground preserve-status verbose", "s k signal kill-after", { operands: 1 }),
  gtimeout: wrapperOptions("v f p foreground preserve-status verbose", "s k signal kill-after", { operands: 1 }),
  nice: wrapperOptions("", "n adjustment", { pattern: /^--?\d+$/ }),
  ionice: wrapperOptions("t ignore", "c n class classdata"),
  nohup: wrapperOptions(""),
  setsid: wrapperOptions("c f w ctty fork wait"),
  stdbuf: wrapperOptions("", "i o e input output error"),
  time: wrapperOptions("p v a q l portability verbose append quiet", "f o format output"),
  exec: wrapperOptions("c l", "a"),
  builtin: wrapperOptions(""),
  chrt: wrapperOptions("a b d f i o r v R batch deadline fifo idle other rr", "T P D", { operands: 1 }),
  taskset: wrapperOptions("a c", "", { operands: 1 }),
  unbuffer: wrapperOptions("p"),
  caffeinate: wrapperOptions("d i m s u", "t w"),
  "cross-env": wrapperOptions("", "", { assignments: true }),
  chronic: wrapperOptions("v e"),
  eatmydata: wrapperOptions(""),
  fakeroot: wrapperOptions("u", "i s l b"),
};

/** These give the command other rights or another place, or write files of their own, so that they are never passed over. */
const powerWrappers: Readonly<Record<string, WrapperOptions>> = {
  strace: wrapperOptions("f c C d h i k n q r t T v V x y w z Z F D", "a b e E I o O p P s S u U X"),
  "xvfb-run": wrapperOptions("a l auto-servernum", "e f n p s server-args server-num error-file auth-file"),
  sudo: wrapperOptions(
    "A b B E e H i K k l N n P S s V v askpass background preserve-env edit login list non-interactive set-home shell stdin",
    "a C c D g h p R r T t U u chdir chroot close-from command-timeout group host other-user prompt role type user",
    { assignments: true },
  ),
  doas: wrapperOptions("L n s", "a C u"),
  pkexec: wrapperOptions("disable-internal-agent keep-cwd", "user"),
  chroot: wrapperOptions("skip-chdir", "userspec groups", { operands: 1 }),
  unshare: wrapperOptions(
    "i m n p u U r C T c f ipc mount net pid uts user cgroup time fork map-root-user map-current-user map-auto mount-proc kill-child keep-caps",
    "R w S G root wd setuid setgid setgroups propagation map-user map-group map-users map-groups",
  ),
  nsenter: wrapperOptions(
    "a m u i n p C U T F all mount uts ipc net pid cgroup user preserve-credentials",
    "t S G r w target",
  ),
};

/** `strace -o '|COMMAND'`. */
const isPipe = (value: CommandWord | string): boolean =>
  /^[|!]/.test(typeof value === "string" ? value : (value.value ?? value.shown));

const throughOptions =
  (options: WrapperOptions, transparent: boolean): Look =>
  (words) => {
    const skipped = skipOptions(words, options);
    if (!skipped.ok) return unclear(skipped.why);
    const rest = words.slice(skipped.at);
    if (skipped.values.some(([name, value]) => name === "o" && isPipe(value)))
      return unclear("it writes into a command");
    // `time -o FILE` writes that file.
    const writes =
      options.valued.has("output") &&
      options.operands === 0 &&
      words[0]?.value?.endsWith("time") === true &&
      (skipped.seen.has("o") || skipped.seen.has("output"));
    if (rest.length > 0) return runs(rest, skipped.settings, transparent && !writes);
    const startsShell = !transparent && (skipped.seen.has("s") || skipped.seen.has("i"));
    return startsShell ? unclear("a shell reads its commands from its input") : null;
  };

const queryCommand = wrapperOptions("p v V");
const throughCommand: Look = (words) => {
  const skipped = skipOptions(words, queryCommand);
  if (!skipped.ok) return unclear(skipped.why);
  if (skipped.seen.has("v") || skipped.seen.has("V") || skipped.at >= words.length) return null;
  return runs(words.slice(skipped.at));
};

const envOptions = wrapperOptions("i 0 v null ignore-environment debug", "u C a S unset chdir argv0 split-string", {
  assignments: true,
  pattern: /^-$/,
});
const throughEnv: Look = (words) => {
  const skipped = skipOptions(words, envOptions);
  if (!skipped.ok) return unclear(skipped.why);
  const split = skipped.values.find(([name]) => name === "S" || name === "split-string")?.[1];
  const rest = words.slice(skipped.at);
  if (split !== undefined) {
    const text = typeof split === "string" ? split : split.value;
    const values = rest.map((word) => word.value);
    if (text === null || !values.every((value) => value !== null)) return unclear("what env -S splits is computed");
    return script(`${text} ${joinWords(values)}`);
  }
  const moves = skipped.seen.has("C") || skipped.seen.has("chdir") ? ["PWD"] : [];
  return rest.length === 0 ? null : runs(rest, [...skipped.settings, ...moves], true);
};

const flockOptions = wrapperOptions("n s x e u o F nonblock shared exclusive unlock close no-fork verbose", "w E", {
  operands: 1,
});
const throughFlock: Look = (words) => {
  const skipped = skipOptions(words, flockOptions);
  if (!skipped.ok) return unclear(skipped.why);
  const [first, second] = words.slice(skipped.at);
  if (first === undefined) return null;
  if (first.value !== "-c") return runs(words.slice(skipped.at));
  return second?.value == null ? unclear("its script is computed") : script(second.value);
};

const xargsOptions = wrapperOptions(
  "0 r t p x o null no-run-if-empty verbose interactive exit open-tty",
  "a d E I J L n P R s S arg-file delimiter max-lines max-args max-procs max-chars replace process-slot-var",
);
const throughXargs: Look = (words) => {
  const skipped = skipOptions(words, xargsOptions);
  if (!skipped.ok) return unclear(skipped.why);
  const rest = words.slice(skipped.at);
  if (rest.length === 0) return null;
  const mark = skipped.values.find(([name]) => name === "I" || name === "J" || name === "replace")?.[1];
  if (mark === undefined) {
    return runs([...rest, unknownWord("…", { splits: true, mayBeOption: true })]);
  }
  const place = typeof mark === "string" ? mark : mark.value;
  if (place === null || place === "") return unclear("its place-holder is computed");
  return runs(rest.map((word) => (word.shown.includes(place) ? holding(word, place) : word)));
};

const holding = (word: CommandWord, place: string): CommandWord =>
  unknownWord(word.text, { splits: false, mayBeOption: word.shown.startsWith(place) });

const parallelOptions = wrapperOptions(
  "k q u v t X m eta bar progress keep-order dry-run no-notice will-cite line-buffer ungroup verbose halt-on-error",
  "j I N n L a S P jobs max-args max-procs colsep halt retries timeout delay",
);
const placeHolder = /(?<!\$)\{(?:[-+]?\d*[./]*|[#%]|=[^}]*=|\w+)\}/;
const placeHolders = new RegExp(placeHolder, "g");
const throughParallel: Look = (words) => {
  const skipped = skipOptions(words, parallelOptions);
  if (!skipped.ok) return unclear(skipped.why);
  const rest = words.slice(skipped.at);
  const end = rest.findIndex((word) => /^:{3,4}\+?$/.test(word.value ?? ""));
  const command = end === -1 ? rest : rest.slice(0, end);
  const text = joined(command);
  if (text === null || text === "") return unclear("the commands it runs are computed");
  return script(placeHolder.test(text) ? text.replace(placeHolders, '"$1"') : `${text} $1`);
};

const watchOptions = wrapperOptions(
  "b c d e g t x p w beep color differences errexit chgexit no-title exec precise no-wrap",
  "n q interval equexit",
);
const throughWatch: Look = (words) => {
  const skipped = skipOptions(words, watchOptions);
  if (!skipped.ok) return unclear(skipped.why);
  const rest = words.slice(skipped.at);
  if (rest.length === 0) return null;
  if (skipped.seen.has("x") || skipped.seen.has("exec")) return runs(rest);
  const text = joined(rest);
  return text === null ? unclear("the command it repeats is computed") : script(text);
};

const sshOptions = wrapperOptions(
  "4 6 A a C f G g K k M N n q s T t V v X x Y y",
  "B b c D E e F I i J L l m O o p Q R S W w",
  { operands: 1 },
);
const throughSsh: Look = (words) => {
  const skipped = skipOptions(words, sshOptions);
  if (!skipped.ok) return unclear(skipped.why);
  const runsHere = skipped.values.some(
    ([name, value]) => name === "o" && /command|exec/i.test(typeof value === "string" ? value : value.shown),
  );
  if (runsHere) return unclear("an option of it runs a command here");
  // Options may stand behind the host too.
  const again = skipOptions([...words.slice(0, 1), ...words.slice(skipped.at)], { ...sshOptions, operands: 0 });
  if (!again.ok) return unclear(again.why);
  if (again.values.some(([name]) => name === "o")) return unclear("an option of it may run a command here");
  const rest = words.slice(skipped.at + again.at - 1);
  if (rest.length === 0) return null;
  const text = joined(rest);
  return text === null ? unclear("the remote command is computed") : script(text, false);
};

const throughSu: Look = (words) => {
  for (const [index, word] of words.entries()) {
    if (index > 0 && word.value === null && word.mayBeOption) return unclear("its options are computed");
    const attached = /^(?:--(?:session-)?command=|-[a-z]*c(?=.))(.*)$/s.exec(word.value ?? "")?.[1];
    if (attached !== undefined) return script(attached, false);
    if (!/^(?:-[a-z]*c|--command|--session-command)$/.test(word.value ?? "")) continue;
    const text = words[index + 1]?.value;
    return text == null ? unclear("its script is computed") : script(text, false);
  }
  const end = words.findIndex((word) => word.value === "--");
  return end > 0 && end + 1 < words.length ? runs(words.slice(end + 1), [], false) : null;
};

const throughBusybox: Look = (words) => {
  const [, applet] = words;
  return applet === undefined || applet.value?.startsWith("-") ? null : runs(words.slice(1));
};

export const wrapperLooks: Readonly<Record<string, Look>> = {
  ...Object.fromEntries(
    Object.entries(settingWrappers).map(([name, options]) => [name, throughOptions(options, true)]),
  ),
  ...Object.fromEntries(Object.entries(powerWrappers).map(([name, options]) => [name, throughOptions(options, false)])),
  command: throughCommand,
  env: throughEnv,
  flock: throughFlock,
  xargs: throughXargs,
  gxargs: throughXargs,
  parallel: throughParallel,
  watch: throughWatch,
  ssh: throughSsh,
  su: throughSu,
  runuser: throughSu,
  script: throughSu,
  busybox: throughBusybox,
  toybox: throughBusybox,
};
