import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Attack, Ran, Use } from "./attack.ts";
import { asUser, type Scene } from "./scene.ts";

export const targets = ["fettle", "codex", "bwrap-least", "none"] as const;
export type Target = (typeof targets)[number];

const clone = resolve(import.meta.dirname, "../..");

/** The program in a clone that is mounted at `place`: the bundle, where a run of the tests has built one. */
const fettleIn = (place: string): string[] => {
  const built = process.env["FETTLE_TEST_PROGRAM"];
  if (built === undefined) return [join(place, "bin/fettle")];
  return [
    join(place, "node_modules/.bin/node"),
    join(place, relative(clone, dirname(built)), "package/bin/fettle.mjs"),
  ];
};

type Started = { readonly argv: readonly string[]; readonly environment?: Readonly<Record<string, string>> };

const least = (scene: Scene): string[] => [
  ..."bwrap --ro-bind / / --dev /dev --proc /proc".split(" "),
  ...["--bind", scene.workspace, scene.workspace],
  ..."--unshare-pid --unshare-net --die-with-parent --".split(" "),
];

/** The command line that runs `script` in the sandbox of a target. `program` is the other sandbox's. */
const commandLine = (
  target: Target,
  scene: Scene,
  script: string,
  options: readonly string[],
  program: string,
): Started => {
  const shell = ["bash", "-c", script];
  switch (target) {
    case "fettle":
      return { argv: [...fettleIn(join(scene.top, "program")), "sandbox", ...options, "--", ...shell] };
    case "codex": {
      const home = join(scene.home, ".codex");
      const mode = options.includes("read-only") ? "read-only" : "workspace-write";
      return {
        argv: [program, "sandbox", "-c", `sandbox_mode="${mode}"`, "--", ...shell],
        environment: { CODEX_HOME: home },
      };
    }
    case "bwrap-least":
      return { argv: [...least(scene), ...shell] };
    case "none":
      return { argv: shell };
  }
};

/**
 * The clone may lie where the user cannot enter, and must not be the sandbox's to see by chance: it is mounted into the
 * scene, for this one process tree.
 */
const withClone = (scene: Scene, argv: readonly string[]): readonly string[] => {
  const place = join(scene.top, "program");
  if (process.getuid?.() !== 0) return argv.map((word) => word.replace(place, clone));
  mkdirSync(place, { recursive: true });
  const script = 'mount --bind "$1" "$2" && mount -o remount,ro,bind "$2" && shift 2 && exec "$@"';
  return ["unshare", "--mount", "sh", "-c", script, "sh", clone, place, ...argv];
};

const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");

/** The same from a shell in a terminal, which afterwards shows what was typed into it. */
const inTerminal = (scene: Scene, argv: readonly string[]): string[] => {
  const shell = `tty > terminal; stat -c %d:%i $(tty) > terminal-inode; ${quoted(argv)}; read -t 1 line; echo "TYPED:$line"`;
  return ["script", "-qec", shell, "/dev/null"].map((word) =>
    word.replaceAll(" terminal", ` ${scene.workspace}/terminal`),
  );
};

const limitMs = 40_000;

/** Runs one case as a user would run it. */
export const runCase = (target: Target, scene: Scene, one: Attack | Use, program: string): Promise<Ran> => {
  const options = "options" in one && one.options ? one.options(scene) : [];
  const surroundings = "surroundings" in one ? one.surroundings : undefined;
  const started = commandLine(target, scene, one.script(scene), options, program);
  if (started.environment?.CODEX_HOME) scene.write(join(started.environment.CODEX_HOME, "config.toml"), "");
  const argv = surroundings === "terminal" ? inTerminal(scene, started.argv) : started.argv;
  const [file = "", ...args] = withClone(scene, asUser(scene.user, argv));
  const opened = openFor(scene, surroundings);
  // A file, so that the sandbox itself has to care for the streams being real ones inside.
  const outputPath = join(scene.top, "output");
  const output = openSync(outputPath, "w");
  const child = spawn(file, args, {
    cwd: scene.workspace,
    env: { ...scene.environment, ...started.environment },
    stdio: [
      opened.input ?? "ignore",
      output,
      output,
      ...Array.from({ length: 5 }, () => "ignore" as const),
      ...opened.more,
    ],
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  for (const descriptor of [output, ...(opened.input === null ? [] : [opened.input]), ...opened.more])
    closeSync(descriptor);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: readFileSync(outputPath, "latin1") }));
  });
};

/** Descriptors that a careless program would leave open, and the canary as standard input. */
const openFor = (scene: Scene, surroundings: Attack["surroundings"]): { input: number | null; more: number[] } => {
  if (surroundings === "canary-as-input") return { input: openSync(scene.canary, "r"), more: [] };
  if (surroundings !== "open-descriptors") return { input: null, more: [] };
  return { input: null, more: [openSync(scene.canary, "r+"), openSync(scene.outside, "r")] };
};

/** The other sandbox's program, when it is installed. */
export const programOf = (target: Target, codex: string): string | null => {
  if (target !== "codex") return "";
  return statSync(codex, { throwIfNoEntry: false }) ? codex : null;
};
