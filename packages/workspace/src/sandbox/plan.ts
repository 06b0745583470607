import type { SandboxMode } from "../types.ts";
import type { Guard, HostFacts, PrivateFolder, SandboxFacts, TreeFacts } from "./facts.ts";
import { depth, isWithin, isWithinAny } from "./paths.ts";

/** What one command asks of the sandbox. Paths are real and absolute. */
export type SandboxRequest = {
  readonly mode: Exclude<SandboxMode, "danger-full-access">;
  /** Mounts every tree read-only. */
  readonly readOnly: boolean;
  /** `joined`: the launcher is started inside the thread's own network, which then stays as it is. */
  readonly network: "none" | "host" | "joined";
  readonly readableRoots: readonly string[];
  /** Files in the trees that stay as they are. */
  readonly fixedFiles: readonly string[];
  readonly cwd: string;
};

/** bubblewrap reads the system call filter from this descriptor. */
export const seccompDescriptor = 3;

/** The place of the private temporary folder inside. */
export const temporaryFolder = "/tmp";

const isolation = (request: SandboxRequest, filtered: boolean): string[] => [
  ..."--unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try".split(" "),
  ...(request.network === "none" ? ["--unshare-net"] : []),
  // The filter of system calls refuses new namespaces; this would do it once more, for a fifth of a millisecond.
  ...(filtered ? [] : ["--disable-userns"]),
  ..."--die-with-parent --new-session --cap-drop ALL --hostname fettle".split(" "),
];

const system = (host: HostFacts, own: PrivateFolder): string[] => [
  ..."--ro-bind / / --dev /dev --proc /proc".split(" "),
  // To the host's root user core_pattern and its like would be writable.
  ...(host.isRoot ? ["--ro-bind", "/proc/sys", "/proc/sys"] : []),
  ...host.secretFiles.flatMap((path) => ["--ro-bind", own.empty, path]),
  ...["--bind", own.temp, temporaryFolder],
];

const readOnlyBind = (path: string): string[] => ["--ro-bind", path, path];
const writableBind = (path: string): string[] => ["--bind", path, path];

/** What is mounted below /tmp, for the folders on the way there must exist and must not be exchangeable. */
export const firstFolderUnderTemp = (path: string): string | null => {
  const rest = isWithin(path, temporaryFolder) ? path.slice(temporaryFolder.length + 1).split("/") : [];
  return rest.length > 1 && rest[0] ? `${temporaryFolder}/${rest[0]}` : null;
};

const guardMount = (guard: Guard, readOnly: boolean): string[] => {
  switch (guard.how) {
    case "writable":
      return readOnly ? readOnlyBind(guard.path) : writableBind(guard.path);
    case "pin":
      return writableBind(guard.path);
    case "placeholder-folder":
      // A tmpfs costs a quarter of a bind mount. It vanishes with the command, so nothing put there lasts.
      return ["--perms", "0555", "--tmpfs", guard.path];
    case "read-only":
    case "placeholder-file":
      return readOnlyBind(guard.path);
  }
};

const byDepth = <T extends { readonly path: string }>(list: readonly T[]): T[] =>
  [...list].sort((a, b) => depth(a.path) - depth(b.path));

/** Of a repository above a tree git's own folder, and nothing else that lies there, unless it is visible anyway. */
const enclosingMounts = (facts: SandboxFacts): string[] => {
  const masked = [...facts.host.masked, temporaryFolder];
  const unseen = [...facts.neverVisible, ...facts.hidden.map(({ path }) => path)];
  const unneeded = [...unseen, ...facts.trees.map((tree) => tree.root)];
  return facts.trees
    .map((tree) => tree.enclosingRepository)
    .filter((path) => path !== null)
    .filter((path) => isWithinAny(path, masked) && !isWithinAny(path, unneeded));
};

const treeMounts = (facts: SandboxFacts, readOnly: boolean): { path: string; mount: string[] }[] => [
  ...enclosingMounts(facts).map((path) => ({ path, mount: readOnlyBind(path) })),
  ...facts.trees.map(({ root }) => ({ path: root, mount: readOnly ? readOnlyBind(root) : writableBind(root) })),
];

/** Read-only trees need no guards, except that a worktree's repository must be there to be read. */
const guardsOf = (tree: TreeFacts, readOnly: boolean): readonly Guard[] =>
  readOnly ? tree.guards.filter((guard) => guard.how === "writable") : tree.guards;

/**
 * Folders of ours. Those in what is mounted later (`places`) are masked last, the others before the trees, for a tree
 * may lie in them.
 */
const ownFolders = (facts: SandboxFacts, places: readonly string[]): { early: string[]; late: string[] } => {
  const covered = [...facts.host.masked, temporaryFolder];
  const roots = facts.trees.map((tree) => tree.root);
  const holdsTree = (path: string): boolean => roots.some((root) => isWithin(root, path));
  const above = facts.hidden.map(({ path }) => path).filter(holdsTree);
  const own = [...facts.neverVisible, facts.private.path, ...above];
  const late = own.filter((path) => isWithinAny(path, places) && !holdsTree(path));
  return { early: own.filter((path) => !late.includes(path) && !isWithinAny(path, covered)), late };
};

const tmpfs = (path: string): string[] => ["--tmpfs", path];

/** Those that would be visible, except in what the policy says to show. `places` are visible whatever is covered. */
const socketMounts = (
  facts: SandboxFacts,
  { covered, places, readableRoots }: { covered: string[]; places: string[]; readableRoots: readonly string[] },
): string[] =>
  facts.sockets
    .filter((path) => isWithinAny(path, places) || !isWithinAny(path, [...covered, ...readableRoots]))
    .flatMap((path) => ["--ro-bind", facts.private.empty, path]);

/** What the policy hides goes over everything else, except that a tree may lie in it, and where nothing is to be seen. */
const hiddenMounts = (facts: SandboxFacts, covered: readonly string[], shown: readonly string[]): string[] =>
  facts.hidden
    .filter(({ path }) => !facts.trees.some((tree) => isWithin(tree.root, path)))
    .filter(({ path }) => !isWithinAny(path, covered) || isWithinAny(path, shown))
    .flatMap(({ path, isFolder }) =>
      isFolder ? ["--perms", "0555", "--tmpfs", path] : ["--ro-bind", facts.private.empty, path],
    );

/** Everything that is mounted by its own path, for the folders in the private /tmp that lead there. */
export const planDestinations = (request: SandboxRequest, facts: SandboxFacts): string[] => [
  ...facts.host.masked,
  ...request.readableRoots,
  ...treeMounts(facts, true).map(({ path }) => path),
  ...facts.trees.flatMap((tree) => tree.guards.map(({ path }) => path)),
];

/** The folders between a fixed file and its tree's root, outside in: a mount point cannot be moved away. */
const pinnedFolders = (request: SandboxRequest, facts: SandboxFacts): string[] =>
  facts.trees.flatMap(({ root }) =>
    request.fixedFiles
      .filter((file) => isWithin(file, root))
      .flatMap((file) => {
        const steps = file
          .slice(root.length + 1)
          .split("/")
          .slice(0, -1);
        return steps.map((_, index) => `${root}/${steps.slice(0, index + 1).join("/")}`);
      }),
  );

/**
 * The whole sandbox as arguments for bubblewrap, up to and including `--`. A pure function: later mounts cover earlier
 * ones, so the order is system, temp, masks, tool state, trees from the outside in, guards, concealed files, masks
 * that nothing may undo.
 */
export const sandboxPlan = (request: SandboxRequest, facts: SandboxFacts): string[] => {
  const { host } = facts;
  const readOnly = request.readOnly || request.mode === "read-only";
  const trees = byDepth(treeMounts(facts, readOnly));
  const places = trees.map(({ path }) => path);
  const own = ownFolders(facts, [...places, ...host.toolState, ...request.readableRoots]);
  const covered = [...host.masked, ...own.early, temporaryFolder];
  const isHidden = (path: string): boolean => facts.hidden.some((hidden) => isWithin(path, hidden.path));
  const shown = [...host.toolState, ...request.readableRoots.filter((path) => isWithinAny(path, covered))];
  const readable = shown.filter((path) => !isHidden(path));
  const guards = byDepth(facts.trees.flatMap((tree) => guardsOf(tree, readOnly)));
  const masks = [...host.masked, ...own.early];
  const underTemp = planDestinations(request, facts).map(firstFolderUnderTemp);
  return [
    ...isolation(request, facts.private.seccomp !== null),
    ...system(host, facts.private),
    ...[...new Set(underTemp)]
      .filter((path) => path !== null)
      .filter((path) => !masks.includes(path))
      .flatMap(tmpfs),
    ...masks.flatMap(tmpfs),
    ...(request.network === "host" ? host.resolverFolders.flatMap(readOnlyBind) : []),
    ...readable.flatMap(readOnlyBind),
    ...(host.gitConfigTarget === null ? [] : ["--ro-bind", facts.private.gitConfig, host.gitConfigTarget]),
    ...trees.flatMap((tree) => tree.mount),
    ...(readOnly ? [] : [...new Set(pinnedFolders(request, facts))].flatMap(writableBind)),
    ...guards.flatMap((guard) => guardMount(guard, readOnly)),
    ...request.fixedFiles.filter((path) => isWithinAny(path, places)).flatMap(readOnlyBind),
    ...facts.trees.flatMap((tree) => tree.concealed).flatMap((path) => ["--ro-bind", facts.private.empty, path]),
    ...own.late.flatMap(tmpfs),
    ...socketMounts(facts, {
      covered,
      places: [...places, ...host.toolState],
      readableRoots: request.readableRoots,
    }),
    ...hiddenMounts(facts, covered, [...readable, ...places]),
    ...(facts.private.seccomp === null ? [] : ["--seccomp", String(seccompDescriptor)]),
    // Between the tree and the folder above it, which is an empty one here, git sees the end of a file system.
    ...(enclosingMounts(facts).length === 0 ? [] : ["--setenv", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "1"]),
    ...["--chdir", request.cwd, "--"],
  ];
};
