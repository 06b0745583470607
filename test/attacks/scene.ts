import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export type User = "root" | "ordinary";

/** Nobody has this one. */
const ordinaryId = 64123;
const isRoot = process.getuid?.() === 0;

/** The user that "ordinary" means, and the prefix that runs something as that user. */
export const asUser = (user: User, argv: readonly string[]): readonly string[] =>
  user === "ordinary" && isRoot
    ? ["setpriv", `--reuid=${ordinaryId}`, `--regid=${ordinaryId}`, "--clear-groups", "--", ...argv]
    : argv;

/** What one case has to play with. Everything in it is its own and goes with it. */
export type Scene = {
  readonly user: User;
  /** Real path of the folder of all this, which the sandbox shows read-only where it shows it at all. */
  readonly top: string;
  readonly workspace: string;
  readonly outside: string;
  readonly home: string;
  readonly state: string;
  /** A file outside with known content. */
  readonly canary: string;
  /** Does not exist. A program of the attacker's that gets run outside makes it. */
  readonly proof: string;
  /** That program, in the workspace. */
  readonly evil: string;
  /** Found in files and variables that must not be read. */
  readonly secret: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Writes a file as the user, with its folders. */
  write(path: string, text: string, mode?: number): string;
  /** Runs something on the host, as the user, as they would. Never throws; a program that hangs is ended. */
  host(argv: readonly string[], cwd?: string): string;
  /** What people do in a repository, in `folder`. */
  useGit(folder: string): void;
  ranOutside(): boolean;
  canaryTouched(): boolean;
  /** Starts a process of the user's that does nothing; ended with the scene. */
  bystander(environment?: Record<string, string>): number;
  onClose(action: () => void): void;
  close(): void;
};

/** What the user's git configuration holds in every scene. */
export const identity = "[user]\n\tname = User\n\temail = user@example.org\n[init]\n\tdefaultBranch = main\n";

let cache: string | null = null;
/** Node's, for all runs of the program: half of what a run takes goes into reading its source. */
const compileCache = (): string => {
  if (cache !== null) return cache;
  const folder = mkdtempSync(join(tmpdir(), "fettle-attack-cache-"));
  chmodSync(folder, 0o1777);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  cache = folder;
  return folder;
};

const canaryText = "untouched\n";

const giveAway = (path: string): void => {
  lchownSync(path, ordinaryId, ordinaryId);
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) giveAway(join(path, name));
};

/** A place that a sandbox shows, unlike the temporary folder, if there is one that we may write. */
const topFolder = (): string => {
  const place = isRoot && existsSync("/opt") ? "/opt" : tmpdir();
  const top = realpathSync(mkdtempSync(join(place, "fettle-attack-")));
  chmodSync(top, 0o755);
  return top;
};

const gitActions = [
  ["status"],
  ["diff"],
  ["log", "-1", "-p"],
  ["add", "-A"],
  ["commit", "-q", "--no-edit", "-m", "the user's"],
  ["checkout", "-q", "-b", "users-branch"],
  ["stash"],
];

export const createScene = (user: User): Scene => {
  const top = topFolder();
  const [workspace, outside, home, state] = ["workspace", "outside", "home", "home/.fettle"].map((name) =>
    join(top, name),
  ) as [string, string, string, string];
  for (const folder of [workspace, outside, home, state]) mkdirSync(folder);
  const secret = `secret-${randomBytes(8).toString("hex")}`;
  const proof = join(outside, "proof");
  const canary = join(outside, "canary");
  const evil = join(workspace, "evil.sh");
  const closing: (() => void)[] = [];
  const own = (path: string): void => {
    if (user === "ordinary" && isRoot) giveAway(path);
  };
  const environment = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: home,
    FETTLE_HOME: state,
    LANG: "C.UTF-8",
    ATTACK_API_TOKEN: secret,
    NODE_COMPILE_CACHE: compileCache(),
  };
  const write: Scene["write"] = (path, text, mode = 0o644) => {
    const first = (at: string): string => (existsSync(dirname(at)) ? at : first(dirname(at)));
    const made = first(path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
    chmodSync(path, mode);
    own(made);
    return path;
  };
  const host: Scene["host"] = (argv, cwd = workspace) => {
    const [file = "", ...args] = asUser(user, argv);
    try {
      return execFileSync(file, args, {
        cwd,
        env: environment,
        encoding: "utf8",
        timeout: 10_000,
        stdio: ["ignore", "pipe", "ignore"],
      });
    } catch {
      return "";
    }
  };
  own(top);
  write(canary, canaryText);
  write(join(home, ".gitconfig"), identity);
  write(evil, `#!/bin/sh\ntouch ${proof}\n[ -t 0 ] || cat\n`, 0o755);
  return {
    ...{ user, top, workspace, outside, home, state, canary, proof, evil, secret, environment, write, host },
    useGit: (folder) => {
      for (const action of gitActions) host(["git", ...action], folder);
    },
    ranOutside: () => existsSync(proof),
    canaryTouched: () =>
      !existsSync(canary) || readFileSync(canary, "utf8") !== canaryText || lstatSync(canary).mode % 0o1000 !== 0o644,
    bystander(more = {}) {
      const [file = "", ...args] = asUser(user, ["sleep", "600"]);
      const child = spawn(file, args, { stdio: "ignore", env: { ...environment, ...more } });
      closing.push(() => child.kill("SIGKILL"));
      return child.pid ?? 0;
    },
    onClose: (action) => closing.push(action),
    close() {
      for (const action of closing.reverse()) action();
      rmSync(top, { recursive: true, force: true });
    },
  };
};

/** Makes `folder` the user's repository with one commit. */
export const makeRepository = (scene: Scene, folder = scene.workspace): void => {
  scene.host([
    "sh",
    "-c",
    'mkdir -p "$1" && cd "$1" && git init -q && git add -A && git commit -q --allow-empty -m first',
    "sh",
    folder,
  ]);
};

export const chownToUser = (scene: Scene, path: string): void => {
  if (scene.user === "ordinary" && isRoot) chownSync(path, ordinaryId, ordinaryId);
};

/** Makes the workspace a linked worktree of a repository outside. */
export const linkWorkspace = (scene: Scene): void => {
  const main = join(scene.outside, "main");
  makeRepository(scene, main);
  // git wants to make the folder itself, so the worktree is made beside and its link moved here.
  scene.host(["git", "worktree", "add", "-q", "linked", "-b", "here"], main);
  scene.host(
    ["sh", "-c", 'mv linked/.git "$1/.git" && rmdir linked && git -C "$1" worktree repair', "sh", scene.workspace],
    main,
  );
};
