/**
 * The text of the published `bin/fettle.mjs`. It must parse on any Node.js that knows modules (14), because its first
 * task is to say that an old one is too old; and it answers `--version` and `--help` before anything of the program is loaded.
 */
export const launcherSource = (
  version: string,
  help: string,
  [major, minor]: readonly [number, number],
): string => `#!/usr/bin/env node
const version = process.versions.node.split(".").map(Number);
const flag = process.argv.length === 3 ? process.argv[2] : "";
if (version[0] < ${major} || (version[0] === ${major} && version[1] < ${minor})) {
  console.error("fettle: Node.js ${major}.${minor} or newer is needed, this is " + process.versions.node + ": install a newer one from https://nodejs.org");
  process.exitCode = 1;
} else if (flag === "--version" || flag === "-V") {
  print("fettle ${version}\\n");
} else if (flag === "--help" || flag === "-h") {
  print(${JSON.stringify(help)});
} else {
  start();
}

function print(text) {
  process.stdout.on("error", function (error) {
    if (error.code === "EPIPE") return;
    console.error("fettle: standard output cannot be written (" + error.code + ")");
    process.exitCode = 1;
  });
  process.stdout.write(text);
}

async function start() {
  const [module, os, path] = await Promise.all([import("module"), import("os"), import("path")]);
  const cache = process.env.XDG_CACHE_HOME || (process.platform === "darwin" ? path.join(os.homedir(), "Library/Caches") : path.join(os.homedir(), ".cache"));
  // Compiled code is kept between runs; where the folder cannot be written, nothing is kept.
  module.enableCompileCache(path.join(cache, "fettle"));
  // node:sqlite says that it is experimental; that is for us to know, not for who runs this.
  const emitWarning = process.emitWarning;
  process.emitWarning = function (warning, type) {
    if (type !== "ExperimentalWarning") emitWarning.apply(process, arguments);
  };
  await import("../lib/main.mjs");
}
`;
