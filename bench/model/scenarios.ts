/** What the scripted model does next. `expect`: one of these must be in the command's result, or the work was not done. */
export type Step =
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "call"; readonly command: string; readonly expect: readonly string[] }
  | { readonly kind: "stream"; readonly deltas: number; readonly perSecond: number; readonly lastWords: string };

/** What goes wrong once, at the first request. */
export type Fault =
  | { readonly kind: "drop"; readonly text: string }
  | { readonly kind: "refuse"; readonly status: number; readonly retryAfterS: number };

/** Steps by number, from 0, until one that is not a call. */
export type Scenario = { readonly fault?: Fault; step(index: number): Step };

/** The last words of every scenario: an agent that finished prints them. */
export const finalWords = "THE-SCRIPT-IS-DONE";

const finish: Step = { kind: "say", text: `All steps are finished. ${finalWords}` };
const call = (command: string, ...expect: string[]): Step => ({ kind: "call", command, expect });

/** Short commands: in turns one that the shell does by itself, and one that starts a program and reads a file. */
const shortCommand = (index: number): Step =>
  index % 2 === 0
    ? call(`printf 'step-%s\\n' ${index}`, `step-${index}`)
    : call(`cat data/${index % 10}.txt && echo step-${index}`, `step-${index}`);

/** How many numbers to print for about 5 MB. */
const manyNumbers = 735_000;

/**
 * hello: an answer at once · tools-N: N short commands · bigout: one command with 5 MB of output · stream-N: an answer
 * in N pieces, 1000 a second · drop: the first answer breaks off · 429: the first request is refused for a second.
 * Throws on any other name.
 */
export const scenarioNamed = (name: string): Scenario => {
  const [, kind = name, digits] = /^(tools|stream)-(\d+)$/.exec(name) ?? [];
  const count = Number(digits);
  switch (kind) {
    case "hello":
      return { step: () => finish };
    case "tools":
      return { step: (index) => (index < count ? shortCommand(index) : finish) };
    case "bigout":
      return {
        step: (index) => (index === 0 ? call(`seq 1 ${manyNumbers}`, "1\n2\n3\n", String(manyNumbers)) : finish),
      };
    case "stream":
      return { step: () => ({ kind: "stream", deltas: count, perSecond: 1000, lastWords: ` ${finalWords}` }) };
    case "drop":
      return { fault: { kind: "drop", text: "This answer will never be fini" }, step: () => finish };
    case "429":
      return { fault: { kind: "refuse", status: 429, retryAfterS: 1 }, step: () => finish };
    default:
      throw new Error(`there is no scenario "${name}"`);
  }
};
