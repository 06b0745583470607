import { listModels, loadThreadRules, readAllowedHosts, repositoryRoot } from "@fettle/agent";
import { autonomyLevel } from "@fettle/protocol";
import { effortNamed, efforts, levelNamed } from "../../../commands/exec-options.ts";
import { visibleLine } from "../../../render/plain-text.ts";
import { wrapped } from "../../../render/wrapped.ts";
import { CommandError } from "../../../usage-error.ts";
import type { Row, ViewSettings } from "../../contract.ts";
import { paintAll } from "../../views/paint.ts";
import type { Line } from "../../views/spans.ts";
import { type App, listPorts, settingsOf } from "../app.ts";
import { createPager } from "../full/pager.ts";
import { createPicker } from "../full/picker.ts";
import { messageOf, reportTo } from "../report.ts";
import { refreshSettings } from "../start.ts";

/* Commands about how it works: model, effort, autonomy, rules. */

/** Another model or effort, if it can be used; from the next turn on. */
const change = async (app: App, more: { model?: string; effort?: ReturnType<typeof effortNamed> }): Promise<void> => {
  const engine = await app.engine();
  const before = engine.options();
  engine.change((now) => ({ ...now, ...more }));
  try {
    await engine.settings();
  } catch (error) {
    engine.change(() => before);
    throw new CommandError(`${messageOf(error)}; nothing was changed`);
  }
  await refreshSettings(app);
  const when = app.state.runningSince === null ? "" : " from the next turn on";
  app.say(`${app.state.model?.id ?? ""}${app.state.effort === null ? "" : `, effort ${app.state.effort}`}${when}`);
};

const howToHaveMore =
  "no other model is set up. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY before the start, or run a local server (Ollama, LM Studio, llama.cpp, vLLM) and choose /model ollama/NAME";

export const model = async (app: App, words: string): Promise<void> => {
  if (words !== "") return change(app, { model: words });
  const engine = await app.engine();
  const { config } = await engine.settings();
  const found = await listModels(config, process.env, engine.home);
  const usable = found.flatMap(({ name, models, problem }) =>
    problem === null ? models.map((id) => ({ value: id, label: id, detail: name })) : [],
  );
  const options = [{ value: "offline", label: "offline", detail: "built in: no key, no network" }, ...usable];
  if (usable.length === 0) app.say(howToHaveMore);
  const chosen = (name: string): void => void change(app, { model: name }).catch(reportTo(app));
  app.open(createPicker({ title: "model", options, chosen, ...listPorts(app) }));
};

export const effort = async (app: App, words: string): Promise<void> => {
  if (words !== "") return change(app, { effort: effortNamed(words) });
  const options = efforts.map((value) => ({ value, label: value, detail: "" }));
  const chosen = (value: (typeof efforts)[number]): void => void change(app, { effort: value }).catch(reportTo(app));
  app.open(createPicker({ title: "effort", options, chosen, ...listPorts(app) }));
};

const meanings = {
  suggest: "asks before anything is changed or run that is not known to only read",
  edit: "changes files alone, asks before commands",
  run: "also runs commands in the sandbox",
  trusted: "also lets a reviewing model answer questions of low risk",
  full: "outside of the sandbox, with your rights, without a question",
} as const;

export const autonomy = async (app: App, words: string): Promise<void> => {
  const set = async (level: ReturnType<typeof levelNamed>): Promise<void> => {
    app.state.autonomy = level;
    (await app.engine()).setAutonomy(level);
    app.say(`autonomy: ${level} from the next command on`);
  };
  if (words !== "") return set(levelNamed(words, "the level"));
  const options = autonomyLevel.options.map((value) => ({ value, label: value, detail: meanings[value] }));
  app.open(
    createPicker({
      title: "autonomy",
      options,
      chosen: (level) => void set(level).catch(reportTo(app)),
      ...listPorts(app),
    }),
  );
};

/** Text on the whole screen, broken into rows. */
export const openText = (app: App, title: string, text: string): void =>
  app.open(
    createPager({
      title,
      rows: (columns) => wrapped(text.trimEnd(), columns, { first: "", next: "", atBlanks: true }).split("\n"),
    }),
  );

/** Made rows on the whole screen. */
export const openLines = (app: App, title: string, lines: (settings: ViewSettings) => readonly Line[]): void => {
  const rows = (columns: number): readonly Row[] => {
    const settings = settingsOf(app.state, columns);
    return paintAll(lines(settings), settings);
  };
  app.open(createPager({ title, rows }));
};

/** What decides whether something is asked: the level, each rule with where it stands, the hosts. */
export const permissions = async (app: App): Promise<void> => {
  const engine = await app.engine();
  const { level, config } = await engine.settings();
  const root = repositoryRoot(engine.options().cwd);
  const { rules, notes, errors } = await loadThreadRules({ home: engine.home, root });
  const hosts = readAllowedHosts(engine.home);
  const lines = [
    `autonomy ${app.state.autonomy ?? level}: ${meanings[app.state.autonomy ?? level]}`,
    `sandbox: ${engine.options().sandbox ?? config.sandbox_mode ?? "workspace-write"}`,
    "",
    "Rules; of several that fit, the strictest of a layer counts, and your own outweigh the built-in ones",
    ...rules.map(({ decision, run, source, reason }) =>
      visibleLine(
        `  ${decision.padEnd(6)} ${run === "host" ? "outside of the sandbox " : ""}${source}${reason === null ? "" : ` — ${reason}`}`,
      ),
    ),
    "",
    `Hosts that commands may reach: ${[...(config.network?.allow ?? []), ...(hosts.ok ? hosts.allow : [])].map(visibleLine).join(", ") || "none without asking"}`,
    ...[...notes, ...errors].map((note) => `! ${visibleLine(note)}`),
    "",
    'What holds for one command: fettle policy check -- "COMMAND"',
  ];
  openText(app, "permissions", lines.join("\n"));
};
