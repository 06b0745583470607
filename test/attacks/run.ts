import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { attackClasses } from "./attack.ts";
import type { User } from "./scene.ts";
import { attacks, type Outcome, trySuite, uses } from "./suite.ts";
import { programOf, type Target, targets } from "./targets.ts";

/*
 * node test/attacks/run.ts [--target fettle|codex|bwrap-least|none]… [--user root|nobody-like]… [--only TEXT]
 *     [--codex PROGRAM] [--out FILE] [--show]
 *
 * Tries every attack and every use in each sandbox named and prints what got through, then a table. `none` shows which
 * attacks would succeed without any sandbox. Needs root for the comparison of users.
 */

const { values } = parseArgs({
  options: {
    target: { type: "string", multiple: true, default: ["fettle"] },
    user: { type: "string", multiple: true },
    only: { type: "string", default: "" },
    codex: { type: "string", default: "codex" },
    out: { type: "string" },
    show: { type: "boolean", default: false },
  },
});

const userOf = (name: string): User => (name === "root" ? "root" : "ordinary");
const users: User[] = (values.user ?? (process.getuid?.() === 0 ? ["root", "nobody-like"] : ["nobody-like"])).map(
  userOf,
);
const isTarget = (name: string): name is Target => (targets as readonly string[]).includes(name);

type Column = { readonly title: string; readonly outcomes: readonly Outcome[] };

/** `12 held, 1 severe, 2 other` */
const cell = (outcomes: readonly Outcome[]): string => {
  const through = outcomes.filter(({ failed }) => failed);
  const severe = through.filter((outcome) => outcome.severe).length;
  const parts = [`${outcomes.length - through.length}/${outcomes.length}`];
  if (severe > 0) parts.push(`${severe} severe`);
  if (through.length > severe) parts.push(`${through.length - severe} other`);
  return parts.join(", ");
};

const table = (columns: readonly Column[]): string => {
  const row = (title: string, fits: (outcome: Outcome) => boolean): string =>
    `| ${title} | ${columns.map(({ outcomes }) => cell(outcomes.filter(fits))).join(" | ")} |`;
  return [
    `| class | ${columns.map(({ title }) => title).join(" | ")} |`,
    `|---|${columns.map(() => "---").join("|")}|`,
    ...attackClasses.map((name) => row(name, (outcome) => outcome.class === name)),
    row("**all attacks held**", (outcome) => outcome.class !== "usable"),
    row("**uses that work**", (outcome) => outcome.class === "usable"),
  ].join("\n");
};

const cases = [...attacks, ...uses].filter(({ name }) => name.includes(values.only));
const columns: Column[] = [];
for (const target of values.target) {
  if (!isTarget(target)) throw new Error(`--target must be one of ${targets.join(", ")}, not ${target}`);
  const program = programOf(target, values.codex);
  if (program === null) {
    console.error(`${target} is not installed: left out`);
    continue;
  }
  for (const user of users) {
    const title = `${target} as ${user === "root" ? "root" : "an ordinary user"}`;
    const startedAt = performance.now();
    const outcomes = await trySuite(cases, { target, user, program }, (outcome) => {
      if (outcome.failed) {
        const what = outcome.class === "usable" ? "BROKEN" : outcome.severe ? "SEVERE" : "through";
        console.log(`${title}: ${what}: ${outcome.class}: ${outcome.name}`);
      }
      if (values.show) console.log(outcome.output);
    });
    console.log(`${title}: ${outcomes.length} cases in ${Math.round((performance.now() - startedAt) / 1000)} s`);
    columns.push({ title, outcomes });
  }
}
const text = table(columns);
console.log(`\n${text}`);
if (values.out !== undefined) writeFileSync(values.out, `${text}\n`);
