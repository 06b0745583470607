import { openSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { childrenOf } from "../process/process-tree.ts";
import type { CommandRequest, Policy, SandboxSupport } from "../types.ts";
import type { HostFacts, PrivateFolder, SandboxFacts, TreeFacts } from "./facts.ts";
import { gatherHostFacts, homeFolder, listeningSockets } from "./host-facts.ts";
import { type ExpectedMount, expectedMounts, readMounts, wrongMount } from "./mount-check.ts";
import { createOwnState, type OwnState } from "./own-state.ts";
import { isWithin, isWithinAny, lookAt, realPathOf } from "./paths.ts";
import { planDestinations, type SandboxRequest, sandboxPlan, temporaryFolder } from "./plan.ts";
import { prepareTemp } from "./private-folder.ts";
import { countProcesses } from "./process-group.ts";
import { findBubblewrap, probeSupport } from "./support.ts";
import { createTrees, type Surroundings, type Trees } from "./tree-facts.ts";

/** A command line's surroundings, ready to be started. */
type Ready = {
  readonly ok: true;
  readonly file: string;
  /** Goes before the command. */
  readonly args: readonly string[];
  readonly seccompDescriptor: number | null;
  readonly memoryKiB: number;
  /** As `ProcessRequest.approve`. */
  readonly approve: ((pid: number, ended: () => boolean) => Promise<string | null>) | null;
  /** To be called when the command has ended. */
  readonly release: () => void;
  /** To be called after `release`: makes harmless what the command has planted for git; says what, a line each. */
  readonly inspect: () => Promise<readonly string[]>;
};

export type Confinement = Ready | { readonly ok: false; readonly message: string };

export type Sandbox = {
  readonly support: () => SandboxSupport;
  /** The thread's private folder, made on first use. */
  readonly privateFolder: () => PrivateFolder;
  /** `joined`: the launcher will be started inside the thread's own network. */
  confine(request: CommandRequest, cwd: string, joined?: boolean): Promise<Confinement>;
  close(): void;
};

let probe: Promise<SandboxSupport> | null = null;

/** Says whether commands can be confined here, by trying it once per process. */
export const probeSandbox = (): Promise<SandboxSupport> => {
  probe ??= probeSupport();
  return probe;
};

const refusalOfRoot = (root: string): string | null => {
  const home = homeFolder();
  if (root === "/" || (home !== null && isWithin(home, root))) {
    return `${root} holds the home folder, so a sandbox around it would protect nothing. Work in a project's folder, or run with full access.`;
  }
  return null;
};

/** Where a path leads, or will once it is there and no link. */
const withoutLinks = (path: string): string =>
  realPathOf(path) ?? (dirname(path) === path ? path : join(withoutLinks(dirname(path)), basename(path)));

/**
 * The workspace and the writable roots as they really are, or why one of them cannot be a sandbox's. What a path meant
 * first it means for the whole thread (`first`): a command may have put a link in its place.
 */
const rootsOf = (root: string, policy: Policy, first: Map<string, string>): string[] | string => {
  const roots: string[] = [];
  for (const path of [root, ...policy.writableRoots]) {
    const meant = first.get(path) ?? (path === root ? root : withoutLinks(path));
    first.set(path, meant);
    const real = realPathOf(path);
    if (real === null) continue;
    if (real !== meant) return `${path} is not the folder any more that it was: it leads to ${real} now.`;
    const refusal = refusalOfRoot(real);
    if (refusal !== null) return refusal;
    roots.push(real);
  }
  return [...new Set(roots)];
};

const hiddenBy = (policy: Policy): SandboxFacts["hidden"] =>
  policy.hiddenPaths
    .map(realPathOf)
    .filter((path) => path !== null)
    .map((path) => ({ path, isFolder: lookAt(path)?.isDirectory() === true }));

const factsOfTrees = async (
  trees: Trees,
  roots: readonly string[],
  readOnly: boolean,
  around: Surroundings,
): Promise<TreeFacts[] | string> => {
  const found: TreeFacts[] = [];
  for (const root of roots) {
    const facts = await trees.facts(root, readOnly, around);
    if (typeof facts === "string") return facts;
    found.push(facts);
  }
  return found;
};

const requestOf = (
  { policy, readOnly }: CommandRequest,
  mode: SandboxRequest["mode"],
  at: { cwd: string; joined: boolean },
): SandboxRequest => ({
  mode,
  readOnly: readOnly === true || mode === "read-only",
  network: at.joined ? "joined" : policy.network.kind === "host" ? "host" : "none",
  readableRoots: policy.readableRoots.map(realPathOf).filter((path) => path !== null),
  fixedFiles: (policy.fixedFiles ?? []).map(realPathOf).filter((path) => path !== null),
  cwd: at.cwd,
});

/** Where commands that are running may move things about while the mounts of the next one are made. */
const changeableFolders = (trees: readonly TreeFacts[]): string[] =>
  trees.flatMap((tree) => [tree.root, ...tree.guards.filter(({ how }) => how === "writable").map(({ path }) => path)]);

/** A command of another thread, whose folder lies around this one, may move the root itself. */
const rootMounts = (roots: readonly string[]): ExpectedMount[] => roots.map((root) => ({ at: root, of: root }));

/** Mounting takes milliseconds; when nothing more has come for this long, nothing will. */
const quietMs = 1000;
const lookEveryMs = 1;

/**
 * Waits until bubblewrap has mounted everything as it was meant. Says what is wrong when it has come to its end and
 * that is not so.
 */
const untilMounted = async (
  expected: readonly ExpectedMount[],
  pid: number,
  ended: () => boolean,
): Promise<string | null> => {
  let seen = 0;
  for (let quietSince = performance.now(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    // Then it has said itself what is wrong.
    if (ended()) return null;
    const [first] = childrenOf(pid);
    const mounts = first === undefined ? [] : readMounts(first);
    const wrong = wrongMount(expected, readMounts("self"), mounts);
    if (wrong === null) return null;
    if (mounts.length !== seen) quietSince = performance.now();
    seen = mounts.length;
    if (seen > 0 && performance.now() - quietSince > quietMs) {
      return `Not run: ${wrong.at} was moved by another command while the sandbox was being made. Try again when that command has ended.`;
    }
  }
};

/** What commands in or around these folders left when their process was killed is looked through before the next. */
const inspectLeft = async (trees: Trees, state: OwnState, roots: readonly string[]): Promise<string[]> => {
  const notices: string[] = [];
  for (const { writings, forget } of state.takeLeft(roots)) {
    for (const writing of writings) {
      const found = await trees.inspectLeft(writing);
      notices.push(...found.map((line) => `${line} (by a run that was killed)`));
    }
    forget();
  }
  return notices;
};

/** Watches what a command that writes leaves, which stays in the journal until it was looked through. */
const watch = (trees: Trees, state: OwnState, found: readonly TreeFacts[]): Pick<Ready, "release" | "inspect"> => {
  const { writings, ended, inspect } = trees.watch(found);
  const done = state.begin(writings);
  return {
    release: ended,
    inspect: async () => {
      const notices = await inspect();
      done();
      return notices;
    },
  };
};

export const createSandbox = (options: { root: string; stateDir: string }): Sandbox => {
  const state = createOwnState(options.stateDir);
  let support: SandboxSupport = findBubblewrap();
  let host: HostFacts | null = null;
  const first = new Map<string, string>();
  const trees = createTrees(() => state.privateFolder().path);

  /** Plan, placeholders and filter of one command. No process is started in here. */
  const arrange = (
    plan: SandboxRequest,
    hostFacts: HostFacts,
    found: readonly TreeFacts[],
    around: Surroundings,
  ): Confinement => {
    const own = state.privateFolder();
    const roots = found.map(({ root }) => root);
    const held = found.map((tree) => ({ tree, ...state.placeholders.hold(tree.guards) }));
    const isVisible = (path: string): boolean => !isWithinAny(path, [...hostFacts.masked, temporaryFolder]);
    const facts: SandboxFacts = {
      host: hostFacts,
      private: own,
      trees: held.map(({ tree, guards }) => ({
        ...tree,
        guards,
        concealed: tree.concealed.filter((path) => isWithin(path, tree.root) || isVisible(path)),
      })),
      neverVisible: [realPathOf(options.stateDir)].filter((path) => path !== null),
      hidden: around.hidden,
      sockets: plan.network === "host" ? [] : around.sockets.filter((path) => lookAt(path)?.isSocket()),
    };
    prepareTemp(own, planDestinations(plan, facts));
    const args = sandboxPlan(plan, facts);
    const seccompDescriptor = own.seccomp === null ? null : openSync(own.seccomp, "r");
    const expected = [
      ...(plan.readOnly ? [] : rootMounts(roots)),
      ...expectedMounts(args, changeableFolders(facts.trees)),
    ];
    const gate = ["--block-fd", String(seccompDescriptor === null ? 3 : 4)];
    const watched = plan.readOnly ? null : watch(trees, state, facts.trees);
    return {
      ok: true,
      file: hostFacts.bubblewrap,
      args: expected.length === 0 ? args : [...gate, ...args],
      seccompDescriptor,
      approve: expected.length === 0 ? null : (pid, ended) => untilMounted(expected, pid, ended),
      memoryKiB: hostFacts.memoryKiB,
      release: () => {
        watched?.release();
        for (const { release } of held) release();
      },
      inspect: async () => (await watched?.inspect()) ?? [],
    };
  };

  const confine: Sandbox["confine"] = async (request, cwd, joined = false) => {
    const { policy } = request;
    if (policy.mode === "danger-full-access") throw new Error("full access is not confined");
    const probed = await probeSandbox();
    support = probed;
    if (probed.kind === "none") {
      return { ok: false, message: `Not run: ${probed.reason}. Remedy: ${probed.remedy}.` };
    }
    const roots = rootsOf(options.root, policy, first);
    if (typeof roots === "string") return { ok: false, message: `Not run: ${roots}` };
    const plan = requestOf(request, policy.mode, { cwd, joined });
    const notices = await inspectLeft(trees, state, roots);
    const around = {
      hidden: hiddenBy(policy),
      sockets: listeningSockets(),
      mounted: [...roots, ...plan.readableRoots],
    };
    const found = await factsOfTrees(trees, roots, plan.readOnly, around);
    if (typeof found === "string") return { ok: false, message: `Not run: ${found}` };
    host ??= gatherHostFacts(probed.path);
    await countProcesses(host.isRoot);
    const confinement = arrange(plan, host, found, around);
    if (!confinement.ok || notices.length === 0) return confinement;
    return { ...confinement, inspect: async () => [...notices, ...(await confinement.inspect())] };
  };

  return {
    support: () => support,
    privateFolder: state.privateFolder,
    confine,
    close: state.close,
  };
};
