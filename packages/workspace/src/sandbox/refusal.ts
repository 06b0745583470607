import type { SandboxSupport } from "../types.ts";

/** What can be seen of a machine on which bubblewrap is missing or does not work. */
export type Symptoms = {
  /** What bubblewrap printed; null when there is none. */
  readonly output: string | null;
  /** Package managers found, by their program's name. */
  readonly installers: readonly string[];
  /** Settings of the kernel by their path below /proc/sys; empty where there is none. */
  readonly kernel: {
    readonly apparmorRestrictsNamespaces: string;
    readonly unprivilegedNamespaces: string;
    readonly mostNamespaces: string;
  };
  readonly inContainer: boolean;
  readonly isRoot: boolean;
  readonly bubblewrap: string;
};

type None = Extract<SandboxSupport, { kind: "none" }>;
const none = (reason: string, remedy: string): None => ({ kind: "none", reason, remedy });

const installCommands: readonly (readonly [installer: string, command: string])[] = [
  ["apt-get", "apt-get install bubblewrap"],
  ["dnf", "dnf install bubblewrap"],
  ["pacman", "pacman -S bubblewrap"],
  ["apk", "apk add bubblewrap"],
  ["zypper", "zypper install bubblewrap"],
];

const installHint = (installers: readonly string[]): string =>
  installCommands.find(([installer]) => installers.includes(installer))?.[1] ??
  "install bubblewrap with the system's package manager";

/** The profile that lets bubblewrap alone make user namespaces, as a line for a shell. */
const apparmorRemedy = (bubblewrap: string): string =>
  `AppArmor forbids user namespaces to programs without a profile. As root: printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile bwrap ${bubblewrap} flags=(unconfined) {\\n  userns,\\n}\\n' > /etc/apparmor.d/bwrap && apparmor_parser -r /etc/apparmor.d/bwrap`;

const containerRemedy = (output: string): string => {
  const masked = /\/proc|proc filesystem/i.test(output);
  const flags = ["--security-opt seccomp=unconfined", "--security-opt apparmor=unconfined"];
  if (masked) flags.push("--security-opt systempaths=unconfined");
  return `the container forbids what a sandbox needs: start it with \`${flags.join(" ")}\`${masked ? "" : " (and `--security-opt systempaths=unconfined` when /proc cannot be mounted)"}, or use --sandbox danger-full-access if the container itself is the protection`;
};

/** Names the cause and what to do about it; bubblewrap itself can only say which call failed. */
export const explainRefusal = (symptoms: Symptoms): None => {
  const { output, kernel } = symptoms;
  if (output === null) return none("bubblewrap (bwrap) is not installed", installHint(symptoms.installers));
  const said = output.trim().split("\n").at(-1) ?? "";
  const reason = `bubblewrap cannot make a sandbox here (${said || "no message"})`;
  if (/unknown option/i.test(said)) {
    return none(reason, "this bubblewrap is too old: version 0.5 or newer is needed");
  }
  if (kernel.mostNamespaces === "0") {
    return none(reason, "user namespaces are switched off: as root, run `sysctl user.max_user_namespaces=10000`");
  }
  if (!symptoms.isRoot && kernel.unprivilegedNamespaces === "0") {
    return none(reason, "user namespaces are switched off: as root, run `sysctl kernel.unprivileged_userns_clone=1`");
  }
  if (symptoms.inContainer) return none(reason, containerRemedy(output));
  if (!symptoms.isRoot && kernel.apparmorRestrictsNamespaces === "1") {
    return none(reason, apparmorRemedy(symptoms.bubblewrap));
  }
  return none(reason, "check that this kernel allows user namespaces, and that `bwrap --ro-bind / / true` works");
};
