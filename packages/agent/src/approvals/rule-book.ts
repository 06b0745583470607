import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadShellAnalysis, type Rule, type Verdict } from "@fettle/workspace";
import { errorCode } from "../thread/storage-error.ts";
import { repositoryRoot } from "../trust/project-files.ts";
import { loadThreadRules } from "../trust/thread-rules.ts";
import { replaceFile } from "./replace-file.ts";

/** The rules that hold for a thread, as the deciding code needs them. */
export type RuleBook = {
  judge(script: string): Promise<Verdict>;
  /** The rules that would allow such commands from now on; null when none can say it. */
  propose(script: string, run: "sandbox" | "host"): Promise<string | null>;
  /** Adds rules for all threads. Null, or why they were not written. */
  add(rules: string): Promise<string | null>;
};

type Loaded = { readonly rules: readonly Rule[] /** Why a file counts for nothing. */; readonly error: string | null };

type Places = { readonly home: string; readonly root: string };

const userFile = (home: string): string => join(home, "rules.toml");

type Notice = (line: string) => void;

const load = async ({ home, root }: Places, notice: Notice): Promise<Loaded> => {
  const { rules, notes, errors } = await loadThreadRules({ home, root: repositoryRoot(root) });
  for (const note of notes) notice(note);
  const [error = null] = errors;
  if (error !== null) notice(`${error}; until it is mended, whatever does not only read is asked about`);
  return { rules, error };
};

const readUserFile = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  }
};

/** The rules of user and project, read with the first judgement and again after one was added. */
export const createRuleBook = (places: Places, notice: Notice): RuleBook => {
  let loading: Promise<Loaded> | null = null;
  const loaded = (): Promise<Loaded> => {
    loading ??= load(places, notice);
    return loading;
  };
  return {
    async judge(script) {
      const [{ rules, error }, shell] = await Promise.all([loaded(), loadShellAnalysis()]);
      const verdict = shell.judgeScript(script, rules);
      if (error === null || verdict.readOnly || verdict.decision === "never") return verdict;
      return { ...verdict, decision: "ask", why: error, rule: null, unclear: null };
    },
    async propose(script, run) {
      const [{ rules, error }, shell] = await Promise.all([loaded(), loadShellAnalysis()]);
      return error === null ? shell.proposeRule(script, rules, run) : null;
    },
    async add(rule) {
      const path = userFile(places.home);
      const shell = await loadShellAnalysis();
      try {
        const text = shell.appendRule(readUserFile(path), rule);
        const read = shell.readRules(text, { file: path, layer: "user" });
        if (!read.ok) return read.message;
        replaceFile(path, text);
      } catch (error) {
        return `${path} cannot be written (${errorCode(error)})`;
      }
      loading = null;
      return null;
    },
  };
};
