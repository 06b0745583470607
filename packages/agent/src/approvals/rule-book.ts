import { join } from "node:path";
import {
  loadShellAnalysis,
  type Rule,
  type ShellAnalysis,
  type ToolRule,
  type ToolVerdict,
  type Verdict,
} from "@fettle/workspace";
import type { Skill } from "../skills/load.ts";
import { repositoryRoot } from "../trust/project-files.ts";
import { loadSkillRules } from "../trust/skill-rules.ts";
import { loadThreadRules } from "../trust/thread-rules.ts";
import { changeFile } from "./change-file.ts";

/** The rules that hold for a thread, as the deciding code needs them. */
export type RuleBook = {
  judge(script: string): Promise<Verdict>;
  judgeTool(asked: { server: string; tool: string }): Promise<ToolVerdict>;
  /** The rules that would allow such commands from now on; null when none can say it. */
  propose(script: string, options: Parameters<ShellAnalysis["proposeRule"]>[2]): Promise<string | null>;
  /** What rules in a text would mean for a script, or why they cannot be written for it. */
  review(script: string, text: string): Promise<ReturnType<ShellAnalysis["reviewProposal"]>>;
  /** Adds rules for all threads. Null, or why they were not written. */
  add(rules: string): Promise<string | null>;
};

type Loaded = {
  readonly rules: readonly Rule[];
  readonly tools: readonly ToolRule[];
  /** Why a file counts for nothing. */
  readonly error: string | null;
};

type Places = { readonly home: string; readonly root: string };

const userFile = (home: string): string => join(home, "rules.toml");

type Notice = (line: string) => void;

const load = async ({ home, root }: Places, notice: Notice): Promise<Loaded> => {
  const { rules, tools, notes, errors } = await loadThreadRules({ home, root: repositoryRoot(root) });
  for (const note of notes) notice(note);
  const [error = null] = errors;
  if (error !== null) notice(`${error}; until it is mended, whatever does not only read is asked about`);
  return { rules, tools, error };
};

/** What the skills in use allow, read when there is another one. */
const createSkillRules = (places: Places, notice: Notice, inUse: () => readonly Skill[]) => {
  let known = { key: "", rules: Promise.resolve<readonly Rule[]>([]) };
  const read = async (skills: readonly Skill[]): Promise<readonly Rule[]> => {
    const { rules, notes } = await loadSkillRules({ ...places, root: repositoryRoot(places.root) }, skills);
    for (const note of notes) notice(note);
    return rules;
  };
  return (): Promise<readonly Rule[]> => {
    const skills = inUse();
    const key = skills.map(({ path }) => path).join("\n");
    if (key !== known.key) known = { key, rules: read(skills) };
    return known.rules;
  };
};

/**
 * The rules of user and project, read with the first judgement and again after one was added, and of the skills that
 * are in use.
 */
export const createRuleBook = (places: Places, notice: Notice, inUse: () => readonly Skill[] = () => []): RuleBook => {
  const skillRules = createSkillRules(places, notice, inUse);
  let loading: Promise<Loaded> | null = null;
  const loaded = (): Promise<Loaded> => {
    loading ??= load(places, notice);
    return loading;
  };
  return {
    async judge(script) {
      const [{ rules, error }, more, shell] = await Promise.all([loaded(), skillRules(), loadShellAnalysis()]);
      const verdict = shell.judgeScript(script, [...rules, ...more]);
      if (error === null || verdict.readOnly || verdict.decision === "never") return verdict;
      return { ...verdict, decision: "ask", why: error, rule: null, unclear: null };
    },
    async judgeTool(asked) {
      const [{ tools, error }, shell] = await Promise.all([loaded(), loadShellAnalysis()]);
      const verdict = shell.judgeTool(tools, asked);
      return error === null || verdict.decision === "never" ? verdict : { decision: "ask", why: error, rule: null };
    },
    async propose(script, options) {
      const [{ rules, error }, shell] = await Promise.all([loaded(), loadShellAnalysis()]);
      return error === null ? shell.proposeRule(script, rules, options) : null;
    },
    async review(script, text) {
      const [{ rules }, shell] = await Promise.all([loaded(), loadShellAnalysis()]);
      return shell.reviewProposal(script, rules, text);
    },
    async add(rule) {
      const path = userFile(places.home);
      const shell = await loadShellAnalysis();
      const problem = changeFile(path, (before) => {
        const text = shell.appendRule(before, rule);
        const read = shell.readRules(text, { file: path, layer: "user" });
        return read.ok ? { ok: true, text } : { ok: false, why: read.message };
      });
      if (problem !== null) return problem;
      loading = null;
      return null;
    },
  };
};
