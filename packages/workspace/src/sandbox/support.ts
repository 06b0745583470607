import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { SandboxSupport } from "../types.ts";

/** What the probe found; `disableUserNamespaces` says whether this bubblewrap has `--disable-userns`. */
export type ProbedSupport =
  | { readonly kind: "bubblewrap"; readonly path: string; readonly disableUserNamespaces: boolean }
  | Extract<SandboxSupport, { kind: "none" }>;

const none = (reason: string, remedy: string): Extract<SandboxSupport, { kind: "none" }> => ({
  kind: "none",
  reason,
  remedy,
});

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const installHint = (): string => {
  const installers = [
    ["/usr/bin/apt-get", "apt-get install bubblewrap"],
    ["/usr/bin/dnf", "dnf install bubblewrap"],
    ["/usr/bin/pacman", "pacman -S bubblewrap"],
    ["/sbin/apk", "apk add bubblewrap"],
    ["/usr/bin/zypper", "zypper install bubblewrap"],
  ] as const;
  return installers.find(([path]) => existsSync(path))?.[1] ?? "install bubblewrap with the system's package manager";
};

/** The path of a program that runs outside of the sandbox; null when there is none. */
export const findProgram = (name: string, searchPath = process.env.PATH ?? ""): string | null => {
  // The system's own first, and never a relative entry: the search path may begin with a folder of the workspace.
  const folders = ["/usr/bin", "/bin", "/usr/local/bin", ...searchPath.split(delimiter).filter(isAbsolute)];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
};

/** Finds the program without starting it: the first guess, which `probeSupport` confirms. */
export const findBubblewrap = (searchPath = process.env.PATH ?? ""): SandboxSupport => {
  if (process.platform !== "linux") {
    return none(
      `commands cannot be sandboxed on ${process.platform} yet`,
      "run fettle in Linux, or use --sandbox danger-full-access where that is safe",
    );
  }
  const path = findProgram("bwrap", searchPath);
  return path ? { kind: "bubblewrap", path } : none("bubblewrap (bwrap) is not installed", installHint());
};

const kernelSetting = (path: string): string => {
  try {
    return readFileSync(`/proc/sys/${path}`, "utf8").trim();
  } catch {
    return "";
  }
};

/** Names the cause of a refused namespace, which bubblewrap itself cannot know. */
const explain = (output: string): Extract<SandboxSupport, { kind: "none" }> => {
  const said = output.trim().split("\n").at(-1) ?? "";
  const reason = `bubblewrap cannot make a sandbox here (${said || "no message"})`;
  if (kernelSetting("kernel/apparmor_restrict_unprivileged_userns") === "1") {
    return none(
      reason,
      "AppArmor forbids user namespaces: add a profile for /usr/bin/bwrap with the rule `userns,` to /etc/apparmor.d, or run `sysctl kernel.apparmor_restrict_unprivileged_userns=0`",
    );
  }
  if (kernelSetting("kernel/unprivileged_userns_clone") === "0") {
    return none(reason, "user namespaces are switched off: run `sysctl kernel.unprivileged_userns_clone=1`");
  }
  if (kernelSetting("user/max_user_namespaces") === "0") {
    return none(reason, "user namespaces are switched off: run `sysctl user.max_user_namespaces=10000`");
  }
  if (existsSync("/.dockerenv") || existsSync("/run/.containerenv")) {
    return none(
      reason,
      "the container forbids namespaces: start it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined`, or use --sandbox danger-full-access if the container itself is the protection",
    );
  }
  return none(reason, "check that this kernel allows user namespaces, and that `bwrap --ro-bind / / true` works");
};

const probeArguments =
  "--unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try --unshare-net --die-with-parent --new-session --cap-drop ALL --ro-bind / / --dev /dev --proc /proc --tmpfs /run".split(
    " ",
  );

const tryOut = (path: string, more: readonly string[]): Promise<{ ok: boolean; output: string }> =>
  new Promise((resolve) => {
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
export const probeSupport = async (found: SandboxSupport = findBubblewrap()): Promise<ProbedSupport> => {
  if (found.kind === "none") return found;
  const full = await tryOut(found.path, ["--disable-userns"]);
  if (full.ok) return { ...found, disableUserNamespaces: true };
  if (!full.output.includes("--disable-userns")) return explain(full.output);
  const older = await tryOut(found.path, []);
  return older.ok ? { ...found, disableUserNamespaces: false } : explain(older.output);
};
