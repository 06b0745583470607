// Makes a clone ready and then runs a script of it, from nothing but npm and a Node.js as old as 20:
//
//     node scripts/prepare.mjs [--sandbox] [FILE ARGUMENTS…]
//
// Installs the dependencies when they are missing or not those of the lock file. `--sandbox` also installs bubblewrap
// when the system has none and its package manager can be used. FILE then runs under the Node.js that npm installed
// (it may be TypeScript), with the arguments and the exit code passed through.
//
// This file itself must run on Node.js 20: plain JavaScript, no dependencies.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const binFolder = join(root, "node_modules", ".bin");

/** Prints one line for the person; standard output stays free for what the script prints. */
const say = (line) => process.stderr.write(`${line}\n`);

/** The "packages" table of a lock file, or undefined when it cannot be read. */
const lockedPackages = (path) => {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
};

/**
 * Whether node_modules holds what the lock file says. Compares content, not times: a checkout changes the times only.
 * Optional packages may be absent (those of other platforms).
 */
const dependenciesAreCurrent = () => {
  const wanted = lockedPackages(join(root, "package-lock.json"));
  const installed = lockedPackages(join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes("node_modules/")) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true || entry.peer === true;
    return found.version === entry.version && found.integrity === entry.integrity && found.link === entry.link;
  });
};

const installDependencies = () => {
  say("Installing dependencies (npm ci)…");
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const { status, stdout, stderr, error } = spawnSync(command, [...first, "ci", "--no-audit", "--no-fund"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status === 0) return;
  say(`${stdout ?? ""}${stderr ?? ""}${error ? String(error) : ""}`.trimEnd());
  say(`npm ci failed in ${root}: see the lines above.`);
  process.exit(1);
};

const onPath = (program) =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, program)));

const succeeds = (command, args) =>
  spawnSync(command, args, {
    stdio: "ignore",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  }).status === 0;

/** Installs bubblewrap through apt as root or with a sudo that asks nothing. Says in one line what was or is to be done. */
const ensureSandbox = () => {
  if (process.platform !== "linux" || onPath("bwrap")) return;
  const prefix = process.getuid() === 0 ? [] : ["sudo", "-n"];
  const apt = (...args) => {
    const [command, ...rest] = [...prefix, "apt-get", ...args];
    return succeeds(command, rest);
  };
  const install = () => apt("install", "-y", "--no-install-recommends", "bubblewrap");
  if (onPath("apt-get") && (prefix.length === 0 || succeeds("sudo", ["-n", "true"]))) {
    say("Installing bubblewrap, which confines the commands the agent runs (apt-get install bubblewrap)…");
    if (install() || (apt("update") && install())) return;
  }
  say(
    "bubblewrap is missing, so commands cannot be confined: install it with your package manager (apt-get install bubblewrap).",
  );
};

/** The Node.js that runs TypeScript: npm's own, else the one running this when it is new enough. */
const currentNode = () => {
  const installed = join(binFolder, "node");
  if (existsSync(installed)) return installed;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 22)) return process.execPath;
  say(`Node.js 22.22 or newer is needed here, this is ${process.versions.node}: install a newer one (24 is best).`);
  process.exit(1);
};

/** Variables by which an enclosing `npm run` would steer an npm started further down, away from its own folder. */
const cleanEnvironment = () => {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (
      /^(npm_(package|lifecycle)_|npm_command$|npm_config_(local_prefix|prefix|global_prefix)$|INIT_CWD$)/.test(name)
    ) {
      delete env[name];
    }
  }
  if (!(env.PATH ?? "").split(delimiter).includes(binFolder)) env.PATH = `${binFolder}${delimiter}${env.PATH ?? ""}`;
  return env;
};

const handOver = (file, args) => {
  const child = spawn(currentNode(), ["--disable-warning=ExperimentalWarning", join(root, file), ...args], {
    cwd: root,
    env: cleanEnvironment(),
    stdio: "inherit",
  });
  // A terminal's Ctrl-C reaches the child by itself; only signals sent to this process alone need passing on.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    say(String(error));
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
};

const args = process.argv.slice(2);
const wantsSandbox = args[0] === "--sandbox";
const [file, ...rest] = wantsSandbox ? args.slice(1) : args;
if (!dependenciesAreCurrent()) installDependencies();
if (wantsSandbox) ensureSandbox();
if (file !== undefined) handOver(file, rest);
