import { readdirSync, readFileSync } from "node:fs";

const closeOnExec = 0o2000000;

const survivesExec = (descriptor: number): boolean => {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    // The one that was open for listing the others.
    return false;
  }
};

let found: readonly number[] | null = null;

/**
 * Descriptors beyond the standard ones that whoever started us left open, and that every child of ours would inherit.
 * An open folder among them would be a way out of any sandbox. Node's own are all close-on-exec.
 */
export const inheritedDescriptors = (): readonly number[] => {
  found ??=
    process.platform === "linux"
      ? readdirSync("/proc/self/fd")
          .map(Number)
          .filter((descriptor) => descriptor > 2 && survivesExec(descriptor))
      : [];
  return found;
};
