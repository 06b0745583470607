import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../thread/storage-error.ts";
import { readRegularText } from "../trust/project-files.ts";
import { changePlan, type PlanChange, type PlanStep, readPlanText } from "./plan-text.ts";

type Plan = {
  readonly text: string;
  readonly steps: readonly PlanStep[];
  /** Lines, from 0, that look as if they held a command. */
  readonly misread: readonly number[];
};

/** The plan of a goal on disk: a person's file that they may edit at any time. */
export type PlanFile = {
  /** Real and absolute. */
  readonly path: string;
  /** The whole text and its steps as they are now. Throws `PlanError`. */
  read(): Plan;
  /** Reads the file anew and replaces it at once. Throws `PlanError`. */
  change(change: PlanChange): void;
};

/** The plan cannot be used; the message is a line for people. */
export class PlanError extends Error {
  override readonly name = "PlanError";
}

const attempts = 20;
/** Each costs a run of its command after every turn, and a place in every report. */
const mostSteps = 200;

const readPlan = (path: string): string => {
  try {
    // Commands of the model may exchange what lies there; a link could lead out of what they may write.
    if (realpathSync(dirname(path)) !== dirname(path))
      throw new PlanError(`${path}: a folder on the way was exchanged`);
    const read = readRegularText(path);
    if (read.kind === "text") return read.text;
    throw new PlanError(`${path}: ${read.why}`);
  } catch (error) {
    if (error instanceof PlanError) throw error;
    throw new PlanError(`the plan ${path} cannot be read (${errorCode(error)})`);
  }
};

/** Between two looks at a file that is just being saved: some editors empty or remove it first. */
const savingMs = 50;
const looks = 10;

const readSteps = (path: string): Plan => {
  const text = readPlan(path);
  const { steps, misread } = readPlanText(text);
  if (steps.length === 0) throw new PlanError(`${path} has no steps: lines such as "- [ ] what is to be done"`);
  if (steps.length > mostSteps) throw new PlanError(`${path} has ${steps.length} steps; ${mostSteps} are the most`);
  return { text, steps, misread };
};

/** As it is once a person's editor is done with it. */
const readSaved = (path: string): Plan => {
  for (let look = 1; ; look++) {
    try {
      return readSteps(path);
    } catch (error) {
      if (look === looks || !(error instanceof PlanError)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, savingMs);
    }
  }
};

const replace = (path: string, text: string, expected: string): boolean => {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  const { mode, uid, gid } = lstatSync(path);
  const descriptor = openSync(draft, "wx", 0o600);
  try {
    try {
      writeFileSync(descriptor, text);
      if (process.getuid?.() === 0) chownSync(draft, uid, gid);
      chmodSync(draft, mode & 0o777);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    // As late as can be: a person may have saved an edit meanwhile.
    if (readPlan(path) !== expected) return false;
    renameSync(draft, path);
    return true;
  } finally {
    rmSync(draft, { force: true });
  }
};

/** Opens a plan. Throws `PlanError` where it is no plan: not there, not text, without any step. */
export const openPlan = (given: string): PlanFile => {
  let path = given;
  try {
    path = realpathSync(given);
  } catch (error) {
    throw new PlanError(`the plan ${given} cannot be read (${errorCode(error)})`);
  }
  readSteps(path);
  return {
    path,
    read: () => readSaved(path),
    change(change) {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const { text } = readSaved(path);
        const next = changePlan(text, change);
        try {
          if (next === text || replace(path, next, text)) return;
        } catch (error) {
          if (error instanceof PlanError) throw error;
          throw new PlanError(`the plan ${path} cannot be written (${errorCode(error)})`);
        }
      }
      throw new PlanError(`the plan ${path} changes all the time, so nothing can be written into it`);
    },
  };
};
