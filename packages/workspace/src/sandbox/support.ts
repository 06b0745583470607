import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { SandboxSupport } from "../types.ts";
import { findProgram } from "./find-program.ts";
import { explainRefusal, type Symptoms } from "./refusal.ts";
import { filterArchitecture } from "./seccomp.ts";

const none = (reason: string, remedy: string): Extract<SandboxSupport, { kind: "none" }> => ({
  kind: "none",
  reason,
  remedy,
});

/** Finds the program without starting it: the first guess, which `probeSupport` confirms. */
export const findBubblewrap = (searchPath = process.env.PATH ?? ""): SandboxSupport => {
  if (process.platform !== "linux") {
    return none(
      `commands cannot be sandboxed on ${process.platform} yet`,
      "run fettle in Linux, or use --sandbox danger-full-access where that is safe",
    );
  }
  const path = findProgram("bwrap", searchPath);
  return path ? { kind: "bubblewrap", path } : explainRefusal(symptoms("", null));
};

const kernelSetting = (path: string): string => {
  try {
    return readFileSync(`/proc/sys/${path}`, "utf8").trim();
  } catch {
    return "";
  }
};

const installers = ["/usr/bin/apt-get", "/usr/bin/dnf", "/usr/bin/pacman", "/sbin/apk", "/usr/bin/zypper"];

const symptoms = (bubblewrap: string, output: string | null): Symptoms => ({
  output,
  installers: installers.filter((path) => existsSync(path)).map((path) => basename(path)),
  kernel: {
    apparmorRestrictsNamespaces: kernelSetting("kernel/apparmor_restrict_unprivileged_userns"),
    unprivilegedNamespaces: kernelSetting("kernel/unprivileged_userns_clone"),
    mostNamespaces: kernelSetting("user/max_user_namespaces"),
  },
  inContainer: existsSync("/.dockerenv") || existsSync("/run/.containerenv"),
  isRoot: process.getuid?.() === 0,
  bubblewrap,
});

const probeArguments = [
  ..."--unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try --unshare-net".split(" "),
  ..."--die-with-parent --new-session --cap-drop ALL --hostname fettle --ro-bind / / --dev /dev --proc /proc".split(
    " ",
  ),
  ..."--perms 0555 --tmpfs /run --chdir /".split(" "),
];

const tryOut = (path: string): Promise<{ ok: boolean; output: string }> =>
  new Promise((resolve) => {
    const more = filterArchitecture === null ? ["--disable-userns"] : [];
    const child = spawn(path, [...probeArguments, ...more, "--", "/bin/sh", "-c", ":"], {
      stdio: ["ignore", "ignore", "pipe"],
      env: {},
    });
    let output = "";
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on("error", (error) => resolve({ ok: false, output: error.message }));
    child.on("close", (code) => resolve({ ok: code === 0, output }));
  });

/** Runs the empty command in a sandbox with the real kinds of mounts and namespaces. About 6 ms. */
export const probeSupport = async (found: SandboxSupport = findBubblewrap()): Promise<SandboxSupport> => {
  if (found.kind === "none") return found;
  const tried = await tryOut(found.path);
  return tried.ok ? found : explainRefusal(symptoms(found.path, tried.output));
};
