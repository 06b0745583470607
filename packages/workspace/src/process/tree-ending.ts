import {
  blockUntilBelow,
  blockUntilEnded,
  blockUntilStopped,
  childrenOf,
  descendantsOf,
  processesWithVariable,
  sendSignal,
} from "./process-tree.ts";

/** How the processes of a command are ended. All of it is synchronous and may be called for what is gone already. */
export type TreeEnding = {
  /** What Ctrl-C does in a terminal. */
  interrupt(pid: number): void;
  /** Ends the command with all its processes. */
  kill(pid: number): void;
  /** After the command's own exit: ends what it left running. */
  sweep(pid: number): void;
  /** The same for what hides from `sweep`; may be slow. */
  sweepEverything(pid: number): void;
};

const setupLimitMs = 100;
const beginLimitMs = 1000;

/**
 * In bubblewrap the first process below it is the first of a process namespace: its death takes all others with it,
 * whatever they did to detach themselves, and bubblewrap itself ends only after they are gone. That process leads the
 * command's session and, being the first, ignores an interrupt.
 */
export const sandboxEnding: TreeEnding = {
  interrupt(pid) {
    // Before the command exists there is no group to take the signal, and it would be lost.
    blockUntilBelow(pid, 2, beginLimitMs);
    const [first] = childrenOf(pid);
    if (first !== undefined) sendSignal(-first, "SIGINT");
  },
  kill(pid) {
    const [first] = childrenOf(pid);
    if (first !== undefined) return sendSignal(first, "SIGKILL");
    // Still setting up. Once it has stopped, it cannot make a child between the next look and its end.
    sendSignal(pid, "SIGSTOP");
    blockUntilStopped(pid, setupLimitMs);
    const children = childrenOf(pid);
    for (const child of children) sendSignal(child, "SIGKILL");
    sendSignal(pid, "SIGKILL");
    for (const child of children) blockUntilEnded(child, setupLimitMs);
  },
  sweep() {},
  sweepEverything() {},
};

/** A variable by which processes of a command without a sandbox are found again. */
export const commandVariable = "FETTLE_COMMAND";

/**
 * Without a sandbox: the process group, the descendants, and those with the command's mark in their environment. A
 * process that detaches itself, redirects its output and is still running after the command's own end is not looked for.
 */
export const groupEnding = (mark: string): TreeEnding => {
  const marked = (): void => {
    for (const found of processesWithVariable(commandVariable, mark)) sendSignal(found, "SIGKILL");
  };
  return {
    interrupt(pid) {
      sendSignal(-pid, "SIGINT");
    },
    kill(pid) {
      const below = descendantsOf(pid);
      sendSignal(-pid, "SIGKILL");
      for (const found of below) sendSignal(found, "SIGKILL");
      marked();
    },
    sweep(pid) {
      sendSignal(-pid, "SIGKILL");
    },
    sweepEverything: marked,
  };
};
