import assert from "node:assert/strict";
import type { InputItem } from "@fettle/protocol";
import type { ModelDelta } from "../../../src/model.ts";
import { createRemoteModel } from "../../../src/models/remote.ts";
import { testKey, testRequest, userMessage } from "../../support/remote-choice.ts";
import { isExtension } from "../../support/scripted-model.ts";
import type { ScriptedStep } from "../../support/scripted-steps.ts";
import type { Service } from "../../support/services.ts";
import { type Bench, openBench, picture, pictureData, resultOf, resultsIn, written } from "./setup.ts";

/*
 * What a model service can do, each feature as a script and what must come of it. A feature's word is what is seen, and
 * stands in the table of docs/models.md; whatever holds for every service is asserted here.
 */

export type Feature = {
  readonly name: string;
  readonly steps: readonly ScriptedStep[] | ((service: Service) => readonly ScriptedStep[]);
  readonly run: (bench: Bench) => Promise<string>;
};

const yes = "yes";
const no = "–";
const hello = [userMessage("hello")];
const shell = (id: string) => ({ name: "shell", arguments: { command: id }, id });
const words = (deltas: readonly ModelDelta[], type: ModelDelta["type"]): string =>
  deltas.map((delta) => (delta.type === type ? delta.text : "")).join("");
const sealedElsewhere = { encrypted: ['{"type":"compaction","encrypted_content":"gAAAAABsealed=="}'] };
const signature = "RXhhY3RseSB0aGlzLg==/+";
const thinking: ScriptedStep = {
  reasoning: { text: "I think", encrypted: signature },
  text: "Looking.",
  calls: [shell("c1")],
};

const talking: readonly Feature[] = [
  {
    name: "text, live and whole",
    steps: [{ text: ["Grü", "ße 🦊"] }],
    async run({ ask }) {
      const deltas: ModelDelta[] = [];
      const outcome = await ask(hello, { deltas });
      assert.ok(outcome.type === "completed");
      assert.deepEqual(written(outcome), [{ type: "text", text: "Grüße 🦊" }]);
      assert.deepEqual(deltas, [
        { type: "text", text: "Grü" },
        { type: "text", text: "ße 🦊" },
      ]);
      return yes;
    },
  },
  {
    name: "reasoning is shown",
    steps: [thinking],
    async run({ ask }) {
      const deltas: ModelDelta[] = [];
      const outcome = await ask(hello, { deltas });
      assert.ok(outcome.type === "completed" && outcome.output[0]?.type === "reasoning");
      assert.equal(outcome.output[0].text, "I think");
      assert.equal(words(deltas, "reasoning"), "I think");
      return yes;
    },
  },
  {
    name: "reasoning goes back exactly",
    steps: [thinking, { text: "done" }],
    async run({ answer, said, sent }) {
      const first = await answer(hello);
      await answer([...hello, said(first), resultOf("c1", { type: "text", text: "ok" })]);
      return sent(1).includes(JSON.stringify(signature)) ? yes : no;
    },
  },
  {
    name: "reasoning is dropped when the model changes",
    steps: [thinking, { text: "done" }],
    async run({ answer, said, sent, choice }) {
      const first = await answer(hello);
      const other = createRemoteModel({ ...choice, info: { ...choice.info, id: "another" } });
      const input = [...hello, said(first), resultOf("c1", { type: "text", text: "ok" })];
      const outcome = await other.stream(testRequest(input), () => {}, new AbortController().signal);
      assert.equal(outcome.type, "completed");
      assert.ok(!sent(1).includes(signature) && !sent(1).includes("I think"));
      assert.ok(sent(1).includes("Looking.") && resultsIn(JSON.parse(sent(1))).length === 1);
      return yes;
    },
  },
  {
    name: "effort",
    steps: [{ text: "ok" }],
    async run({ answer, sent }) {
      await answer(hello, { effort: "low" });
      return /"low"/i.test(sent(0)) ? yes : no;
    },
  },
  {
    name: "answers under a JSON Schema",
    steps: [{ text: "{}" }],
    async run({ answer, sent }) {
      await answer(hello, { outputSchema: { type: "object", description: "the very schema" } });
      assert.ok(!sent(0).includes("JSON value and nothing else"));
      return sent(0).includes("the very schema") ? yes : no;
    },
  },
  {
    name: "each request extends the last",
    steps: [{ ...thinking, calls: [shell("c1"), shell("c2")] }, { text: "done" }, { text: "again" }],
    async run({ answer, said, sent }) {
      const input: InputItem[] = [...hello];
      input.push(said(await answer(input)));
      input.push(resultOf("c1", { type: "text", text: "ok" }), resultOf("c2", picture));
      input.push(said(await answer(input)), userMessage("more"));
      await answer(input);
      assert.ok(isExtension(sent(0), sent(1)) && isExtension(sent(1), sent(2)));
      return yes;
    },
  },
];

const compaction: Feature = {
  name: "compaction on the provider's side",
  steps: ({ wire }) => [
    ...(wire === "responses" ? [{ compaction: "gAAAAABsealed==", usage: { input: 900, output: 50 } }] : []),
    { text: "going on" },
    { text: "as another" },
  ],
  async run({ choice, sent }) {
    const offering = { ...choice, provider: { ...choice.provider, compaction: true } };
    const model = createRemoteModel(offering);
    const signal = new AbortController().signal;
    // Where there is none: as if another wire had made it for this very model.
    const named = { provider: choice.info.provider, model: choice.info.id };
    const outcome = await model.compact?.(testRequest(hello), signal);
    const sealed = outcome?.type === "compacted" ? outcome.sealed : { ...sealedElsewhere, ...named };
    const after: InputItem[] = [{ type: "sealed", ...sealed }, userMessage("go on")];
    const other = createRemoteModel({ ...offering, info: { ...choice.info, id: "another" } });
    for (const asked of [model, other])
      assert.equal((await asked.stream(testRequest(after), () => {}, signal)).type, "completed");
    const last = outcome === undefined ? 1 : 2;
    assert.ok(sent(last).includes("go on") && !/sealed/.test(sent(last)), "no other model is told");
    if (outcome === undefined) {
      assert.ok(!/sealed/.test(sent(0)), "a wire without it leaves out what another sealed");
      return no;
    }
    assert.ok(outcome.type === "compacted" && outcome.usage.input_tokens === 900);
    assert.ok(sent(1).includes('{"id":"cmp_1","type":"compaction","encrypted_content":"gAAAAABsealed=="}'));
    return yes;
  },
};

const tools: readonly Feature[] = [
  {
    name: "freeform tools",
    steps: [{ text: "ok" }],
    async run({ answer, sent }) {
      await answer(hello);
      assert.ok(sent(0).includes('"apply_patch"'));
      return sent(0).includes('"grammar"') ? yes : "as functions";
    },
  },
  {
    name: "parallel calls",
    steps: [{ calls: [shell("c1"), shell("c2")] }, { text: "done" }],
    async run({ answer, said, sent }) {
      const first = await answer(hello);
      const ids = first.output.map((part) => (part.type === "call" ? part.call_id : ""));
      assert.deepEqual(ids, ["c1", "c2"]);
      const results = ids.map((id) => resultOf(id, { type: "text", text: `result of ${id}` }));
      await answer([...hello, said(first), ...results]);
      const seen = resultsIn(JSON.parse(sent(1))).map((result) => JSON.stringify(result));
      assert.equal(seen.length, 2);
      for (const [index, id] of ids.entries()) {
        assert.ok(seen[index]?.includes(`result of ${id}`) && seen[index].includes(`"${id}"`), "each names its call");
      }
      return yes;
    },
  },
  {
    name: "arguments that are no JSON",
    steps: [{ calls: [{ name: "shell", arguments: "{oops", id: "c1" }] }, { text: "sorry" }],
    async run({ ask, answer, said, sent }) {
      const first = await ask(hello);
      if (first.type === "failed") {
        assert.deepEqual([first.failure.code, first.failure.transient], ["bad_response", true]);
        return "asked again";
      }
      assert.deepEqual(written(first), [{ type: "call", call_id: "c1", name: "shell", arguments: "{oops" }]);
      await answer([...hello, said(first), resultOf("c1", { type: "text", text: "not JSON" })]);
      assert.ok(sent(1).includes("{oops"));
      return "told to the model";
    },
  },
  {
    name: "pictures from the user",
    steps: [{ text: "ok" }],
    async run({ answer, sent }) {
      await answer([userMessage("look", picture)]);
      return sent(0).includes(pictureData) ? yes : no;
    },
  },
  {
    name: "pictures in results",
    steps: [{ calls: [shell("c1")] }, { text: "ok" }],
    async run({ answer, said, sent }) {
      const first = await answer(hello);
      await answer([...hello, said(first), resultOf("c1", { type: "text", text: "see" }, picture)]);
      assert.ok(sent(1).includes(pictureData));
      return JSON.stringify(resultsIn(JSON.parse(sent(1)))).includes(pictureData) ? yes : "after them";
    },
  },
];

const trouble: readonly Feature[] = [
  {
    name: "an interrupt closes the connection",
    steps: [{ text: "partial", fault: { type: "hang" } }],
    async run({ choice, server }) {
      const stop = new AbortController();
      let deltas = 0;
      const onDelta = (): void => {
        deltas++;
        stop.abort();
      };
      const outcome = await createRemoteModel(choice).stream(testRequest(hello), onDelta, stop.signal);
      assert.ok(outcome.type === "failed" && outcome.failure.code === "interrupted");
      await server.abandoned(1);
      assert.equal(deltas, 1);
      return yes;
    },
  },
  {
    name: "an answer cut by the output limit",
    steps: [{ text: "half", calls: [{ name: "shell", arguments: '{"command":"rm' }], stop: "length" }],
    async run({ answer }) {
      const cut = await answer(hello);
      assert.equal(cut.stop, "length");
      assert.deepEqual(written(cut), [{ type: "text", text: "half" }]);
      return yes;
    },
  },
  {
    name: "an empty answer",
    steps: [{}],
    async run({ answer }) {
      assert.deepEqual((await answer(hello)).output, []);
      return yes;
    },
  },
  {
    name: "a refusal",
    steps: [{ refusal: "I will not." }],
    async run({ ask }) {
      const outcome = await ask(hello);
      assert.ok(outcome.type === "failed" && outcome.failure.code === "refused" && !outcome.failure.transient);
      assert.match(outcome.failure.message, /I will not/);
      return yes;
    },
  },
  {
    name: "an error within the stream",
    steps: [{ text: "partial", fault: { type: "error", message: "boom", code: "overloaded_error" } }],
    async run({ ask }) {
      const outcome = await ask(hello);
      assert.ok(outcome.type === "failed");
      assert.deepEqual([outcome.failure.code, outcome.failure.transient], ["overloaded", true]);
      assert.match(outcome.failure.message, /boom/);
      return yes;
    },
  },
  {
    name: "overload, with its wish for a pause",
    steps: ({ overload }) => [{ fault: overload }],
    async run({ ask }) {
      const outcome = await ask(hello);
      assert.ok(outcome.type === "failed");
      const { code, transient, retryAfterMs } = outcome.failure;
      assert.deepEqual([code, transient, retryAfterMs], ["overloaded", true, 2000]);
      return yes;
    },
  },
  {
    name: "a conversation that does not fit",
    steps: ({ overflow }) => [{ fault: overflow }],
    async run({ ask }) {
      const outcome = await ask(hello);
      assert.ok(outcome.type === "failed");
      assert.deepEqual([outcome.failure.code, outcome.failure.transient], ["context_overflow", false]);
      return yes;
    },
  },
];

const accounts: readonly Feature[] = [
  {
    name: "tokens beside input and output",
    steps: [{ text: "ok", usage: { input: 50, output: 9, cached: 30, written: 5, reasoning: 3 } }],
    async run({ answer }) {
      const { usage } = await answer(hello);
      assert.deepEqual([usage.input_tokens, usage.output_tokens], [50, 9]);
      const seen = [
        usage.cached_input_tokens === 30 && "cached",
        usage.cache_write_input_tokens === 5 && "written",
        usage.reasoning_output_tokens === 3 && "reasoning",
      ];
      return seen.filter(Boolean).join(", ");
    },
  },
  {
    name: "the key's header",
    steps: [{ text: "ok" }],
    async run({ answer, server, sent }) {
      await answer(hello);
      assert.ok(!sent(0).includes(testKey) && !server.requests[0]?.path.includes(testKey));
      const headers = Object.entries(server.requests[0]?.headers ?? {});
      const carriers = headers.filter(([, value]) => String(value).includes(testKey)).map(([name]) => name);
      assert.equal(carriers.length, 1);
      return `\`${carriers[0]}\``;
    },
  },
];

export const features: readonly Feature[] = [...talking, compaction, ...tools, ...trouble, ...accounts];

/** What is seen of the feature at the service. Throws where it fails. */
export const observe = async (feature: Feature, service: Service): Promise<string> => {
  const steps = typeof feature.steps === "function" ? feature.steps(service) : feature.steps;
  const bench = await openBench(service, steps);
  try {
    return await feature.run(bench);
  } finally {
    await bench.server.close();
  }
};
