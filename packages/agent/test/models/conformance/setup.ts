import assert from "node:assert/strict";
import type { InputItem, OutputPart } from "@fettle/protocol";
import type { ModelDelta, ModelOutcome, ModelRequest } from "../../../src/model.ts";
import type { RemoteChoice } from "../../../src/models/provider.ts";
import { createRemoteModel } from "../../../src/models/remote.ts";
import { outputItem, testChoice, testRequest } from "../../support/remote-choice.ts";
import { type ScriptedModel, startScriptedModel } from "../../support/scripted-model.ts";
import type { ScriptedStep } from "../../support/scripted-steps.ts";
import type { Service } from "../../support/services.ts";

/* What the features need: a server that speaks one wire, a model that talks to it, and a conversation that goes on. */

type Changes = Parameters<typeof testChoice>[2];

export type Completed = Extract<ModelOutcome, { type: "completed" }>;

/** One service with a server for it. */
export type Bench = {
  readonly service: Service;
  readonly server: ScriptedModel;
  readonly choice: RemoteChoice;
  /** Asks once; `deltas` gets what was told meanwhile. */
  ask(input: readonly InputItem[], changes?: Partial<ModelRequest> & { deltas?: ModelDelta[] }): Promise<ModelOutcome>;
  /** Asks for an answer that must come. */
  answer(input: readonly InputItem[], changes?: Partial<ModelRequest>): Promise<Completed>;
  /** The answer as a part of the conversation. */
  said(answer: Completed): InputItem;
  /** The text of the request with this number, from 0. */
  sent(index: number): string;
};

export const openBench = async (
  service: Service,
  steps: readonly ScriptedStep[],
  changes: Changes = {},
): Promise<Bench> => {
  const server = await startScriptedModel({ steps });
  const choice = testChoice(server.baseUrl, service.wire, changes);
  const model = createRemoteModel(choice);
  const ask: Bench["ask"] = (input, { deltas = [], ...more } = {}) =>
    model.stream(testRequest(input, more), (delta) => deltas.push(delta), new AbortController().signal);
  return {
    service,
    server,
    choice,
    ask,
    async answer(input, more) {
      const outcome = await ask(input, more);
      assert.ok(outcome.type === "completed", JSON.stringify(outcome));
      return outcome;
    },
    said: (answer) => outputItem(answer.output, choice.info.id),
    sent: (index) => server.requests[index]?.body ?? "",
  };
};

/** What the model wrote, without ids of the service. */
export const written = (answer: Completed): OutputPart[] =>
  answer.output.map(({ id: _id, ...part }: OutputPart): OutputPart => part);

export const picture = { type: "image", url: "data:image/png;base64,UElDVFVSRQ==" } as const;
/** How a picture shows in any request. */
export const pictureData = "UElDVFVSRQ==";

export const resultOf = (
  call_id: string,
  ...content: Extract<InputItem, { type: "result" }>["content"]
): InputItem => ({
  type: "result",
  call_id,
  name: "shell",
  content,
});

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;

/** All objects of a request that are the result of a call, in whatever words. */
export const resultsIn = (value: unknown): Json[] => {
  if (!isObject(value)) return [];
  const { type, role } = value;
  const is =
    role === "tool" ||
    type === "tool_result" ||
    (typeof type === "string" && type.endsWith("_call_output")) ||
    isObject(value.functionResponse);
  return is ? [value] : Object.values(value).flatMap(resultsIn);
};
