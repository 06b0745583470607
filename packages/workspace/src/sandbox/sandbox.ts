import { openSync } from "node:fs";
import type { CommandRequest, SandboxSupport } from "../types.ts";
import type { HostFacts, PrivateFolder, SandboxFacts, TreeFacts } from "./facts.ts";
import { gatherHostFacts, homeFolder } from "./host-facts.ts";
import { openJournal, sweepJournals } from "./journal.ts";
import { isWithin, realPathOf } from "./paths.ts";
import { createPlaceholders } from "./placeholders.ts";
import { planDestinations, type SandboxRequest, sandboxPlan } from "./plan.ts";
import { createPrivateFolder, prepareTemp, removePrivateFolder } from "./private-folder.ts";
import { findBubblewrap, type ProbedSupport, probeSupport } from "./support.ts";
import { createTreeFacts } from "./tree-facts.ts";

/** A command line's surroundings, ready to be started. */
export type Confinement =
  | {
      readonly ok: true;
      readonly file: string;
      /** Goes before the command. */
      readonly args: readonly string[];
      readonly seccompDescriptor: number | null;
      readonly memoryKiB: number;
      /** To be called when the command has ended. */
      readonly release: () => void;
      /** To be called after `release`: makes harmless what the command has planted for git; says what, a line each. */
      readonly inspect: () => Promise<readonly string[]>;
    }
  | { readonly ok: false; readonly message: string };

export type Sandbox = {
  readonly support: () => SandboxSupport;
  /** The thread's private folder, made on first use. */
  readonly privateFolder: () => PrivateFolder;
  confine(request: CommandRequest, cwd: string): Promise<Confinement>;
  close(): void;
};

let probe: Promise<ProbedSupport> | null = null;

/** Says whether commands can be confined here, by trying it once per process. */
export const probeSandbox = (): Promise<ProbedSupport> => {
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

export const createSandbox = (options: { root: string; stateDir: string }): Sandbox => {
  const treeFacts = createTreeFacts();
  const journal = openJournal(options.stateDir);
  let support: SandboxSupport = findBubblewrap();
  let host: HostFacts | null = null;
  let folder: PrivateFolder | null = null;
  let swept = false;

  const record = (placeholders: Parameters<typeof journal.record>[0]["placeholders"]): void => {
    journal.record({ privateFolder: folder?.path ?? null, placeholders });
  };
  const placeholders = createPlaceholders(record);

  const privateFolder = (): PrivateFolder => {
    if (!swept) sweepJournals(options.stateDir);
    swept = true;
    if (folder === null) {
      folder = createPrivateFolder();
      record([]);
    }
    return folder;
  };

  /** Plan, placeholders and filter of one command. No process is started in here. */
  const arrange = (plan: SandboxRequest, hostFacts: HostFacts, found: readonly TreeFacts[]): Confinement => {
    const own = privateFolder();
    const held = found.map((tree) => ({ tree, ...placeholders.hold(tree.guards) }));
    const facts: SandboxFacts = {
      host: hostFacts,
      private: own,
      trees: held.map(({ tree, guards }) => ({ ...tree, guards })),
      neverVisible: [realPathOf(options.stateDir)].filter((path) => path !== null),
    };
    prepareTemp(own, planDestinations(plan, facts));
    return {
      ok: true,
      file: hostFacts.bubblewrap,
      args: sandboxPlan(plan, facts),
      seccompDescriptor: own.seccomp === null ? null : openSync(own.seccomp, "r"),
      memoryKiB: hostFacts.memoryKiB,
      release: () => {
        for (const { release } of held) release();
      },
      inspect: async () => [],
    };
  };

  const confine: Sandbox["confine"] = async (request, cwd) => {
    const { policy } = request;
    if (policy.mode === "danger-full-access") throw new Error("full access is not confined");
    const probed = await probeSandbox();
    support = probed.kind === "none" ? probed : { kind: "bubblewrap", path: probed.path };
    if (probed.kind === "none") {
      return { ok: false, message: `Not run: ${probed.reason}. Remedy: ${probed.remedy}.` };
    }
    const roots = [options.root, ...policy.writableRoots.map(realPathOf).filter((path) => path !== null)];
    for (const root of roots) {
      const refusal = refusalOfRoot(root);
      if (refusal !== null) return { ok: false, message: `Not run: ${refusal}` };
    }
    const readOnly = request.readOnly === true || policy.mode === "read-only";
    const found: TreeFacts[] = [];
    for (const root of new Set(roots)) {
      const facts = await treeFacts(root, readOnly);
      if (typeof facts === "string") return { ok: false, message: `Not run: ${facts}` };
      found.push(facts);
    }
    host ??= gatherHostFacts(probed);
    const plan: SandboxRequest = {
      mode: policy.mode,
      readOnly,
      network: policy.network.kind === "host" ? "host" : "none",
      readableRoots: policy.readableRoots.map(realPathOf).filter((path) => path !== null),
      cwd,
    };
    return arrange(plan, host, found);
  };

  return {
    support: () => support,
    privateFolder,
    confine,
    close() {
      placeholders.removeAll();
      if (folder) removePrivateFolder(folder.path);
      folder = null;
      journal.remove();
    },
  };
};
