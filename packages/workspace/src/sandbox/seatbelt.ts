import { dirname } from "node:path";
import { protectedNames } from "../patch/protected-names.ts";
import type { SandboxMode } from "../types.ts";

/*
 * The same plan for macOS, as a profile for sandbox-exec. Later rules win, so it goes from what is refused over what is
 * given to what is refused whatever was given. Written from the profile language's rules; not run yet on such a machine.
 */

/** What the profile depends on. All paths real and absolute (on macOS /tmp is /private/tmp). */
export type SeatbeltFacts = {
  readonly mode: Exclude<SandboxMode, "danger-full-access">;
  readonly home: string;
  /** The workspace first, then each writable root. */
  readonly roots: readonly string[];
  /** Folders in the home that stay readable: tool state, our own program. */
  readonly readable: readonly string[];
  /** Files and folders that must not be read, whatever else is said: the agent's state, what the policy hides. */
  readonly hidden: readonly string[];
  readonly temp: string;
  /** `none`, all of it, or the proxy's port on this machine. */
  readonly network: "none" | "host" | { readonly proxyPort: number };
};

/** A string of the profile language. */
const text = (value: string): string => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

const subpaths = (paths: readonly string[]): string => paths.map((path) => `(subpath ${text(path)})`).join(" ");

const expressionSpecial = /[.*+?^${}()|[\]\\/]/g;
const literally = (value: string): string =>
  value.replace(expressionSpecial, (found) => (found === "/" ? "/" : `\\${found}`));

/** Rule with a regular expression. In the profile it stands raw in quotes, so a quote in it cannot be expressed. */
const matching = (expression: string): string => `(regex #"${expression.replaceAll('"', ".")}")`;

/** What git and editors read as configuration, below a root at any depth; file names on macOS know no upper case. */
const protectedPaths = (root: string): string[] => {
  const start = `^${literally(root)}/(.*/)?`;
  const anyCase = (name: string): string =>
    literally(name).replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
  const git = `${start}${anyCase(".git")}`;
  const names = [...protectedNames].filter((name) => name !== ".git").map(anyCase);
  return [
    `${git}$`,
    `${git}/(modules/.*/)?(hooks|info)(/.*)?$`,
    `${git}/(modules/.*/|worktrees/[^/]*/)?(config|config\\.worktree|commondir|gitdir)(\\.lock)?$`,
    `${start}(${names.join("|")})(/.*)?$`,
    `${start}${secretFile}`,
  ];
};

const secretFile = "\\.env(\\.(local|development|production|staging))*$";

/** Every folder from the root of the file system down to `path`. */
const ancestors = (path: string): string[] => (path === dirname(path) ? [path] : [...ancestors(dirname(path)), path]);

const networkRules = (network: SeatbeltFacts["network"]): string[] => {
  if (network === "host") return ["(allow network*)", "(allow system-socket)"];
  const inside = ['(allow network-bind (local ip "localhost:*"))', '(allow network-inbound (local ip "localhost:*"))'];
  if (network === "none") return [];
  return [...inside, `(allow network-outbound (remote ip "localhost:${network.proxyPort}"))`];
};

/** The profile's text. */
export const seatbeltProfile = (facts: SeatbeltFacts): string => {
  const writable = facts.mode === "read-only" ? [facts.temp] : [...facts.roots, facts.temp];
  const guarded = facts.roots.flatMap(protectedPaths).map(matching).join(" ");
  const pinned = [...new Set(facts.roots.flatMap(ancestors))].map((path) => `(literal ${text(path)})`).join(" ");
  const rules = [
    "(version 1)",
    "(deny default)",
    "(allow process-exec process-fork)",
    "(allow signal (target same-sandbox))",
    "(allow process-info* (target same-sandbox))",
    "(allow sysctl-read)",
    "(allow file-read*)",
    `(deny file-read* ${subpaths([facts.home, "/private/tmp", "/private/var/tmp", "/Volumes"])})`,
    `(allow file-read* ${subpaths([...facts.readable, ...facts.roots, facts.temp])})`,
    // Programs look at the folders on the way to where they are.
    `(allow file-read-metadata ${pinned})`,
    `(allow file-write* ${subpaths(writable)})`,
    '(allow file-read* file-write-data file-ioctl (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty"))',
    "(allow pseudo-tty)",
    '(allow file-read* file-write* (literal "/dev/ptmx") (regex #"^/dev/ttys[0-9]+$"))',
    ...networkRules(facts.network),
    `(deny file-write* ${guarded})`,
    `(deny file-write-unlink ${pinned})`,
    `(deny file-read* ${facts.roots.map((root) => matching(`^${literally(root)}/(.*/)?${secretFile}`)).join(" ")})`,
    ...(facts.hidden.length === 0 ? [] : [`(deny file-read* file-write* ${subpaths(facts.hidden)})`]),
  ];
  return `${rules.join("\n")}\n`;
};
