import { realpathSync } from "node:fs";
import { basename, dirname, join, matchesGlob, relative } from "node:path";
import type { AutonomyLevel } from "@fettle/protocol";
import type { SandboxMode } from "@fettle/workspace";
import type { Config } from "../config/schema.ts";

export type AutonomyKind = "patch" | "command" | "network" | "tool";

/** A level, and where it was said. */
export type Autonomy = { readonly level: AutonomyLevel; readonly why: string };

/** What the configuration and the options of a run say. Plain data. */
export type AutonomySettings = Autonomy & {
  /** It was given for this run or thread, so the configuration's entries only count where they are stricter. */
  readonly given: boolean;
  readonly entries: NonNullable<Config["autonomy_for"]>;
  /** The workspace, an absolute real path. */
  readonly root: string;
  /** The log of another thread whose chosen level holds: that of the one which is helped. */
  readonly follows?: string;
};

const order: readonly AutonomyLevel[] = ["suggest", "edit", "run", "trusted", "full"];
const stricter = (a: Autonomy, b: Autonomy): Autonomy => (order.indexOf(b.level) < order.indexOf(a.level) ? b : a);

/** The one with the least freedom; undefined for none. */
export const strictest = (levels: readonly Autonomy[]): Autonomy | undefined => {
  const [first, ...others] = levels;
  return first === undefined ? undefined : others.reduce(stricter, first);
};

const projectLevel = (config: Config, root: string): Autonomy | null => {
  for (let folder = root; ; folder = dirname(folder)) {
    const level = config.projects?.[folder]?.autonomy;
    if (level !== undefined) return { level, why: `projects.${JSON.stringify(folder)}.autonomy` };
    if (dirname(folder) === folder) return null;
  }
};

const configured = (config: Config, root: string): Autonomy => {
  const project = projectLevel(config, root);
  if (project !== null) return project;
  if (config.autonomy !== undefined) return { level: config.autonomy, why: "autonomy in the configuration" };
  if (config.approval_policy === "untrusted") return { level: "edit", why: "approval_policy = untrusted" };
  if (config.sandbox_mode === "danger-full-access") return { level: "full", why: "sandbox_mode = danger-full-access" };
  return { level: "run", why: "the default" };
};

/** The level a run begins with: its options first, then what the configuration says of the repository and of all. */
export const autonomySettings = (
  config: Config,
  options: { root: string; level?: AutonomyLevel; sandbox?: SandboxMode },
): AutonomySettings => {
  const { root, level, sandbox } = options;
  const rest = { entries: config.autonomy_for ?? [], root };
  if (level !== undefined) return { ...rest, level, why: "given for this run", given: true };
  if (sandbox === "danger-full-access") return { ...rest, level: "full", why: "-s danger-full-access", given: true };
  const found = configured(sandbox === undefined ? config : { ...config, sandbox_mode: sandbox }, root);
  // Who names the sandbox wants it, whatever a file says.
  if (sandbox === "workspace-write" && found.level === "full")
    return { ...rest, level: "run", why: "-s workspace-write", given: false };
  return { ...rest, ...found, given: false };
};

/** The same settings after a person chose another level for the thread. */
export const withThreadLevel = (settings: AutonomySettings, level: AutonomyLevel): AutonomySettings => ({
  ...settings,
  level,
  why: "set for this thread",
  given: true,
});

/** Where a path really leads, as far as it exists: a link must not borrow the level of where it stands. */
const realPlace = (path: string): string => {
  try {
    return realpathSync.native(path);
  } catch {
    return dirname(path) === path ? path : join(realPlace(dirname(path)), basename(path));
  }
};

/** Whether a glob names a file, or a folder (with a `/` at its end) or what lies directly in it. */
const names = (root: string, place: string, glob: string): boolean => {
  const path = relative(root, realPlace(place));
  return matchesGlob(path, glob) || (place.endsWith("/") && matchesGlob(join(path, "_"), glob));
};

/**
 * The level for one thing: `place` is the file that a patch changes, or the folder (with a `/` at its end) that a command
 * runs in; absolute. The strictest of the entries that name it counts.
 */
export const levelFor = (settings: AutonomySettings, kind: AutonomyKind, place: string | null): Autonomy => {
  const { entries, root, level, why } = settings;
  const base = { level, why };
  if (entries.length === 0) return base;
  const named = entries.flatMap((entry): Autonomy[] => {
    if (entry.kinds !== undefined && !entry.kinds.includes(kind)) return [];
    const glob = entry.paths?.find((pattern) => place !== null && names(root, place, pattern));
    if (entry.paths !== undefined && glob === undefined) return [];
    return [{ level: entry.level, why: `autonomy_for ${glob ?? kind}` }];
  });
  const said = strictest(named);
  if (said === undefined) return base;
  return settings.given ? stricter(base, said) : said;
};
