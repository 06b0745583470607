import { existsSync, lstatSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parsePlan } from "@fettle/agent";
import { planIn, planWords } from "../../../commands/plan.ts";
import { reviewWords } from "../../../commands/review-words.ts";
import { turnDiff } from "../../../take-back.ts";
import { CommandError } from "../../../usage-error.ts";
import { helpLines } from "../../views/help.ts";
import { diffSections } from "../../views/sections.ts";
import { type App, settingsOf } from "../app.ts";
import { createReader } from "../full/reader.ts";
import { openRewind } from "../full/rewind.ts";
import { keyRows } from "../key-help.ts";
import { askingCommand, ownCommand } from "../outside.ts";
import { messageOf } from "../report.ts";
import { goOn, readOnlyTurn, startTurn } from "../turns.ts";
import { agents } from "./agents.ts";
import { type CommandName, commandNames, isCommand } from "./names.ts";
import { autonomy, effort, model, openLines, openText, permissions } from "./settings.ts";
import { eventsOf, fork, idle, rename, resume, startNew, usage } from "./thread.ts";
import { copyAnswer, exportThread, feedback } from "./words.ts";

/* The commands. Each does what the command of the command line does, by the same code. */

type Run = (app: App, words: string, images: readonly string[]) => Promise<void> | void;

/** What one of fettle's own commands says, on the whole screen. */
const shown =
  (...args: readonly string[]): Run =>
  async (app) => {
    const { cwd } = (await app.engine()).options();
    const { text } = await ownCommand(args, cwd);
    openText(app, args.join(" "), text);
  };

const diff: Run = async (app, words) => {
  const engine = await app.engine();
  const { id } = await eventsOf(app);
  const { title, diff: text } = await turnDiff(engine.home, id, words === "" ? undefined : Number(words));
  const settings = (columns: number) => settingsOf(app.state, columns);
  const sections = (columns: number) => diffSections(title, text, settings(columns));
  app.open(createReader(sections, { settings, fromEnd: false }));
};

const asked =
  (wordsOf: (words: string) => string, needed: string | null): Run =>
  async (app, words, images) => {
    idle(app);
    if (needed !== null && words === "") throw new CommandError(needed);
    await readOnlyTurn(app, { text: wordsOf(words), images });
  };

const plan: Run = async (app, words, images) => {
  idle(app);
  if (words === "") throw new CommandError("say what is to be planned: /plan WHAT");
  const path = join((await app.engine()).options().cwd, "PLAN.md");
  if (existsSync(path) || lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    throw new CommandError(`${path} is there already; move it away first`);
  const answer = await readOnlyTurn(app, { text: planWords(words), images });
  if (answer === null) return;
  const text = planIn(answer);
  if (text === null) throw new CommandError('the answer has no steps ("- [ ] …"), so no plan was written');
  writeFileSync(path, text, { flag: "wx" });
  app.say(`PLAN.md: ${parsePlan(text).length} steps. Look them through, then: /goal`);
};

const context: Run = async (app, words) => {
  const id = (await app.engine()).threadId();
  const flags = app.state.model === null ? [] : ["-m", app.state.model.id];
  await shown("context", ...(id === null ? [] : [id]), ...flags)(app, words, []);
};

const onTerminalOf =
  (...args: readonly string[]): Run =>
  async (app) => {
    await askingCommand(app, args, (await app.engine()).options().cwd);
  };

const oneOf = <T extends string>(list: readonly T[], words: string): T => {
  const found = list.find((one) => one === words);
  if (found === undefined) throw new CommandError(`one of ${list.join(", ")} is needed`);
  return found;
};

const help = (app: App): void => {
  const commands = commandNames.map(([name, words, does]) => ({ name: `/${name} ${words}`.trim(), does }));
  const words = [
    { name: "!COMMAND", does: "a command of your own, in the sandbox" },
    { name: "@FILE $SKILL", does: "a file, a skill" },
  ];
  const groups = [
    { title: "Commands", rows: [...commands, ...words] },
    { title: "Keys", rows: keyRows(app) },
  ];
  openLines(app, "fettle", (settings) => helpLines(groups, settings));
};

const runs: Readonly<Record<CommandName, Run>> = {
  new: startNew,
  resume,
  fork,
  rename,
  rewind: openRewind,
  diff,
  review: asked((focus) => reviewWords(undefined, focus === "" ? undefined : focus), null),
  ask: asked((words) => `Answer this, and change nothing:\n${words}`, "say what is to be answered: /ask QUESTION"),
  plan,
  goal: async (app, words) => {
    idle(app);
    await startTurn(app, { text: "", images: [] }, { goal: words === "" ? "PLAN.md" : words });
  },
  compact: async (app) => {
    idle(app);
    await eventsOf(app);
    await startTurn(app, { text: "", images: [], compact: "alone" });
  },
  model,
  effort,
  autonomy,
  permissions,
  trust: onTerminalOf("trust"),
  mcp: shown("mcp", "list"),
  skills: shown("skills", "list"),
  agents,
  init: shown("init"),
  context,
  usage,
  copy: copyAnswer,
  export: exportThread,
  theme: (app, words) => {
    app.state.colours = oneOf(["light", "dark", "none"], words);
  },
  verbosity: (app, words) => {
    app.state.verbosity = oneOf(["brief", "normal", "full"], words);
  },
  keys: (app) => openLines(app, "keys", (settings) => helpLines([{ title: "Keys", rows: keyRows(app) }], settings)),
  doctor: shown("doctor"),
  feedback,
  help,
  quit: (app) => app.quit(0),
};

/** Carries out `/name words`. A name that is none of ours may be a skill's: the words go to the model as they are. */
export const runCommand = async (app: App, name: string, words: string, images: readonly string[]): Promise<void> => {
  try {
    if (isCommand(name)) await runs[name](app, words, images);
    else await startTurn(app, { text: `/${name}${words === "" ? "" : ` ${words}`}`, images });
  } catch (error) {
    app.say(messageOf(error));
  }
  app.drawSoon();
  if (app.state.runningSince === null) await goOn(app);
};
