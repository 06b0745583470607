/*
 * What the plan needs to know of the machine and of the trees, gathered apart from it and kept between commands.
 */

/** Fixed for the life of the process. */
export type HostFacts = {
  readonly bubblewrap: string;
  readonly shell: string;
  readonly isRoot: boolean;
  /** Folders replaced by empty ones: homes, mounts, run-time sockets. Real paths, none inside another. */
  readonly masked: readonly string[];
  /** Tool state and programs in masked folders that stay readable. Real paths. */
  readonly toolState: readonly string[];
  /** Files shown as empty (as root only: the password hashes, which an ordinary user cannot read anyway). */
  readonly secretFiles: readonly string[];
  /** Where the harmless part of the user's git configuration appears; null when there is nothing to show. */
  readonly gitConfigTarget: string | null;
  /** Folders under /run that name resolution needs when the host's network is given. */
  readonly resolverFolders: readonly string[];
  readonly memoryKiB: number;
};

/** A thread's own folder on the host; commands see only `temp`, as /tmp. */
export type PrivateFolder = {
  readonly path: string;
  readonly temp: string;
  /** An empty file that nobody may write. */
  readonly empty: string;
  readonly gitConfig: string;
  readonly seccomp: string | null;
};

/**
 * How one path inside a writable tree is protected. `pin` keeps a folder from being renamed away and writable;
 * `placeholder-folder` and `placeholder-file` stand where nothing is, so that nothing can be planted there;
 * `writable` is a folder outside the tree that belongs to it (a worktree's repository).
 */
export type Guard = {
  readonly path: string;
  readonly how: "pin" | "read-only" | "placeholder-folder" | "placeholder-file" | "writable";
  /** For `placeholder-file`. */
  readonly content?: string;
};

/** Found in one writable tree. */
export type TreeFacts = {
  readonly root: string;
  readonly guards: readonly Guard[];
  /** Files with secrets and sockets of the user's, shown as empty files. */
  readonly concealed: readonly string[];
  /** The `.git` of the repository that the root is a part of, when that lies above it. */
  readonly enclosingRepository: string | null;
};

export type SandboxFacts = {
  readonly host: HostFacts;
  readonly private: PrivateFolder;
  /** The workspace first, then each writable root. */
  readonly trees: readonly TreeFacts[];
  /** Folders that must never be visible: the agent's own state. */
  readonly neverVisible: readonly string[];
  /** Sockets of the host's that could be reached by their path although the network is not the host's. */
  readonly sockets: readonly string[];
  /** What the policy hides: shown as an empty folder or file. */
  readonly hidden: readonly { readonly path: string; readonly isFolder: boolean }[];
};
