import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { judgeScript } from "../../src/rules/judge.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import { isReadOnlyScript } from "../../src/shell/read-only-script.ts";
import { wrappers as otherWrappers } from "./wrapper-cases.ts";

/** These are asked about whatever they run. */
const askedAnyway = /\bgit (?:-C sub )?(?:fetch|push|clone|ls-remote|rebase|filter-branch)\b/;

/** Wraps a script so that the result runs it, whatever is in it. */
type Nesting = { readonly name: string; readonly wrap: (inner: string) => string };

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const nesting = (name: string, wrap: (inner: string) => string): Nesting => ({ name, wrap });
const around = (form: string): Nesting => nesting(form, (inner) => form.replace("@", () => inner));
/** A place where a script stands as one quoted word. */
const quoting = (form: string): Nesting => nesting(form, (inner) => form.replace("@", () => quote(inner)));

/** All but those that have quotes of their own around the place, or take words for a script without quoting them. */
const listed = otherWrappers
  .filter((form) => !/'!WORDS'|^parallel/.test(form))
  .map((form) =>
    nesting(form, (inner) => form.replace("WORDS", () => `sh -c ${quote(inner)}`).replace("WORD", () => quote(inner))),
  );

// The blank behind a parenthesis keeps two of them from being arithmetic.
const compound = [
  "@",
  "ls; @",
  "@\nls",
  "ls && @",
  "false || @",
  "( @)",
  "{ @\n}",
  "! { @\n}",
  "time { @\n}",
  "{ @\n} | cat",
  "cat x | { @\n}",
  "{ @\n} &",
  "coproc { @\n}",
  "if @\nthen ls; fi",
  "if ls; then ls; elif @\nthen ls; else ls; fi",
  "for f in a b; do @\ndone",
  "for ((i = 0; i < 1; i++)); do @\ndone",
  "while @\ndo ls; done",
  "until ls; do @\ndone",
  "select x in a; do @\ndone",
  "case a in b) @\n;; esac",
  "f() { @\n}\nf",
  "function g {\n@\n}",
  "echo $( @)",
  'echo "a$( @\n)b"',
  'echo "${b:-$( @\n)}"',
  "a=$( @)",
  "a=(x $( @))",
  "export A=$( @)",
  "ls > $( @)",
  "cat <( @)",
  "ls | tee >( @)",
  'cat <<< "$( @)"',
  "[[ -n $( @) ]]",
  "echo $((1 + $( @)))",
  "{ @\n} 2>/dev/null",
  "{ @\n} > out",
].map(around);

const wrappers = [
  "bash -c @",
  "bash -lc @",
  "sh -e -c @ name",
  "bash -o pipefail -c @",
  "zsh -c @",
  "/bin/bash --norc -c @",
  "eval @",
  "builtin eval @",
  "trap @ EXIT",
  "env -i A=b bash -c @",
  "env -S 'bash -c' @",
  "timeout -s KILL 5 bash -c @",
  "nice -n 5 sh -c @",
  "nohup bash -c @ &",
  "setsid -f bash -c @",
  "stdbuf -oL sh -c @",
  "/usr/bin/time -v sh -c @",
  "command bash -c @",
  "exec -a x bash -c @",
  "sudo -u root sh -c @",
  "doas sh -c @",
  "su -c @",
  "xargs -n1 sh -c @",
  "find . -name x -exec sh -c @ {} \\;",
  "ssh -p 22 host @",
  "watch -n 1 @",
  "busybox sh -c @",
  "flock lock -c @",
  "bash <<< @",
  "X=1 bash -c @",
  "GIT_EDITOR=@ git commit",
  "A=b sh -c @",
  "parallel -j4 @ ::: a b",
].map(quoting);
const seenThrough = [...wrappers, ...listed];

/** The program's name written so that the shell still reads the same name. */
const spellings: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => `"${name}"`,
  (name) => `'${name}'`,
  (name) => `\\${name}`,
  (name) => `${name[0]}''${name.slice(1)}`,
  (name) => `$'\\x${name.charCodeAt(0).toString(16)}${name.slice(1)}'`,
  (name) => `/usr/bin/${name}`,
];
const prefixes = ["", "env ", "nohup ", "sudo ", "command ", "timeout 5 ", "nice -n 1 ", "A=b ", "exec ", "env -u X "];

const forbidden: readonly [program: string, rest: string][] = [
  ["rm", "-rf /"],
  ["rm", "-r -f ~"],
  ["rm", '-rf "$HOME"/*'],
  ["mkfs.ext4", "/dev/sda1"],
  ["dd", "if=/dev/zero of=/dev/sda"],
  ["chmod", "-R 777 /"],
  ["tee", "/dev/nvme0n1"],
];
const asked: readonly [program: string, rest: string][] = [
  ["rm", "-rf build"],
  ["git", "push -f"],
  ["git", "reset --hard"],
  ["dropdb", "app"],
  ["reboot", ""],
  ["find", ". -delete"],
];

const scriptAround = (commands: readonly [string, string][]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...commands),
      fc.constantFrom(...spellings),
      fc.constantFrom(...prefixes),
      fc.array(fc.constantFrom(...compound, ...seenThrough), { maxLength: 5 }),
    )
    .map(([[program, rest], spell, prefix, layers]) =>
      layers.reduce((inner, layer) => layer.wrap(inner), `${prefix}${spell(program)} ${rest}`),
    );

test("what never may run is neither allowed nor passed over, wherever it stands", async () => {
  await fc.assert(
    fc.property(scriptAround(forbidden), (script) => {
      const { decision } = judgeScript(script, []);
      return decision === "never" || decision === "ask";
    }),
    { numRuns: 4000 },
  );
});

test("what is asked about is asked about wherever it stands", async () => {
  await fc.assert(
    fc.property(scriptAround(asked), (script) => judgeScript(script, []).decision === "ask"),
    { numRuns: 4000 },
  );
});

const everything =
  `bash sh zsh env timeout nice nohup setsid stdbuf time command exec sudo doas su xargs find ssh watch busybox flock npm npx pnpm
  pnpx yarn lerna concurrently bunx bun uv uvx poetry pipenv pdm hatch conda bundle mise rbenv rustup direnv nix nix-shell systemd-run
  prlimit setpriv numactl ltrace perf valgrind bwrap gosu su-exec chpst dbus-run-session ssh-agent envdir entr hyperfine parallel script
  screen tar sort split rsync man nodemon docker kubectl ls cat tee echo export trap eval builtin`.split(/\s+/);
const generous = (["sandbox", "host"] as const).map((run) => {
  const read = readRules(
    `[[rule]]\nprefix = [${JSON.stringify(everything)}]\ndecision = "allow"\nrun = "${run}"\n` +
      `[[rule]]\nprefix = [">", "out"]\ndecision = "allow"\nrun = "${run}"\n` +
      `[[rule]]\nprefix = ["git", ["push", "fetch", "commit", "config", "grep", "difftool", "log", "diff", "status", "bisect", "submodule"]]\ndecision = "allow"\nrun = "${run}"\n`,
    { file: "x", layer: "user" },
  );
  return read.ok ? read.rules : [];
});

const unread: readonly [program: string, rest: string][] = [
  ["git", "push ./x"],
  ["git", "push file:///srv/x"],
  ["git", "fetch 'ext::sh -c x'"],
  ["git", "push --receive-pack=x origin"],
  ["git", "-C /srv/x push"],
  ["git", "push --force"],
  ["rm", "-rf x"],
];

test("who allows every wrapper, everywhere, does not let out what a wide rule must not", async () => {
  for (const rules of generous) assert.equal(rules.length, 3);
  await fc.assert(
    fc.property(scriptAround(unread), fc.constantFrom("", "GIT_SSH=x ", "LD_PRELOAD=x "), (script, setting) => {
      const { decision, run } = judgeScript(`${setting}${script}`, generous[1] ?? []);
      return decision !== "allow" || run !== "host";
    }),
    { numRuns: 3000 },
  );
});

test("who allows every wrapper does not allow what is asked about", async () => {
  await fc.assert(
    fc.property(scriptAround([...asked.filter(([, rest]) => rest !== "push -f"), ...forbidden]), (script) => {
      const verdicts = generous.map((rules) => judgeScript(script, rules).decision);
      return verdicts.every((decision) => decision === "ask" || decision === "never");
    }),
    { numRuns: 3000 },
  );
});

test("each nesting is understood by itself, so that the properties above are about the command in it", () => {
  for (const { name, wrap } of [...compound, ...seenThrough]) {
    assert.equal(judgeScript(wrap("rm -rf /"), []).decision, "never", name);
    const plain = judgeScript(wrap("ls"), []);
    const free = plain.decision === "allow" || plain.decision === "unmatched";
    assert.equal(free, !askedAnyway.test(name), `${name}: ${plain.why}`);
    assert.equal(plain.unclear, null, name);
  }
});

test("any text is judged without an error, and what only reads is allowed", async () => {
  const pieces = fc.constantFrom(
    ..."$ ( ) { } [ ] | & ; < > \" ' ` \\ \n # ! = * ~ - a".split(/ /),
    ..."rm,-rf,/,bash,-c,eval,$X,$(,`,<<E,E\n,env,xargs,find,-exec,\\;,sudo,if,then,fi,do,done,git,-C,push,timeout,5".split(
      ",",
    ),
  );
  const shellish = fc
    .array(fc.tuple(pieces, fc.constantFrom("", " ")), { maxLength: 30 })
    .map((list) => list.flat().join(""));
  await fc.assert(
    fc.property(fc.oneof(shellish, fc.string({ unit: "binary" })), (text) => {
      const verdict = judgeScript(text, []);
      if (isReadOnlyScript(text)) assert.equal(verdict.decision, "allow", verdict.why);
      if (verdict.unclear !== null) assert.ok(verdict.decision === "ask" || verdict.decision === "never");
    }),
    { numRuns: 4000 },
  );
});
