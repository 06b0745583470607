import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { spawn } from "@lydell/node-pty";
import xterm, { type Terminal } from "@xterm/headless";

/** The program on a terminal of its own, in a small shop with a bug. */
export type PicturedRun = {
  readonly terminal: Terminal;
  /** The folder that stands for the home of a person; a temporary one. */
  readonly home: string;
  readonly type: (text: string) => void;
  /** Resolves once the screen has what was asked for. Rejects when the program ends first, or never gets there. */
  readonly shows: (what: RegExp) => Promise<void>;
  readonly end: () => Promise<void>;
};

const files = {
  "package.json": '{ "name": "shop", "type": "module", "scripts": { "test": "node --test" } }\n',
  "cart.js": `/** The price of all lines together. */
export const total = (lines) =>
  lines.reduce((sum, { price, count }) => sum + price + count, 0);

export const isFree = (lines) => total(lines) === 0;
`,
  "cart.test.js": `import assert from "node:assert";
import { test } from "node:test";
import { isFree, total } from "./cart.js";
test("adds up", () => assert.equal(total([{ price: 3, count: 4 }, { price: 5, count: 2 }]), 22));
test("one line", () => assert.equal(total([{ price: 7, count: 1 }]), 7));
test("nothing is free", () => assert.ok(isFree([])));
`,
};

const makeShop = (home: string): string => {
  const folder = join(home, "shop");
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const git = (...args: readonly string[]): void =>
    void execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...args], { stdio: "ignore" });
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("commit", "-qm", "shop");
  return folder;
};

/** A screen that never comes is a fault of the scene; only then it is waited so long. In milliseconds. */
const patienceMs = 60_000;

const textOf = ({ buffer: { active }, rows }: Terminal): string =>
  Array.from({ length: rows }, (_, at) => active.getLine(active.baseY + at)?.translateToString(true) ?? "").join("\n");

/** Starts `program` (its command line) with the offline engine. */
export const openPictured = (
  program: readonly string[],
  args: readonly string[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
): PicturedRun => {
  const home = mkdtempSync(join(tmpdir(), "fettle-pictures-"));
  const cwd = makeShop(home);
  const [file = "", ...first] = program;
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    FETTLE_HOME: join(home, ".fettle"),
    SHELL: "/bin/sh",
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
  };
  const child = spawn(file, [...first, ...args], { cwd, cols: columns, rows, name: "xterm-256color", env });
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 5000, allowProposedApi: true });
  let ended = false;
  let looks: (() => void)[] = [];
  const look = (): void => {
    for (const one of looks) one();
  };
  terminal.onData((answer) => {
    if (!ended) child.write(answer);
  });
  child.onData((bytes) => terminal.write(bytes, look));
  const finished = new Promise<void>((resolve) =>
    child.onExit(() => {
      ended = true;
      resolve();
    }),
  );
  void finished.then(look);
  return {
    terminal,
    home,
    type: (text) => child.write(text),
    shows(what) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const one = (): void => {
        if (what.test(textOf(terminal))) resolve();
        else if (ended) reject(new Error(`ended before ${what}:\n${textOf(terminal)}`));
      };
      looks.push(one);
      const late = setTimeout(() => reject(new Error(`no ${what} on:\n${textOf(terminal)}`)), patienceMs);
      one();
      return promise.finally(() => {
        clearTimeout(late);
        looks = looks.filter((other) => other !== one);
      });
    },
    async end() {
      if (!ended) child.kill("SIGTERM");
      await finished;
      rmSync(home, { recursive: true, force: true });
    },
  };
};
