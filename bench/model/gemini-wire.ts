import { type Json, list, record, records, string } from "./json.ts";
import { type Answer, answerTokens, plainEvent, type Reply, type Wire } from "./wire.ts";

/* Gemini generateContent. */

const chunk = (reply: Reply, parts: readonly Json[], last: boolean): Json => ({
  candidates: [{ index: 0, content: { role: "model", parts }, ...(last && { finishReason: "STOP" }) }],
  usageMetadata: {
    promptTokenCount: reply.promptTokens,
    candidatesTokenCount: answerTokens,
    totalTokenCount: reply.promptTokens + answerTokens,
    cachedContentTokenCount: reply.cachedTokens,
  },
  modelVersion: reply.model,
  responseId: reply.id,
});

const partsOf = (answer: Answer): Json[] => {
  if (answer.kind === "call")
    return [{ functionCall: { id: answer.id, name: answer.tool.name, args: answer.arguments } }];
  return answer.text === "" ? [] : [{ text: answer.text }];
};

const resultText = (response: unknown): string =>
  Object.values(record(response))
    .map((value) => (typeof value === "string" ? value : JSON.stringify(value)))
    .join("\n");

export const geminiWire: Wire = {
  serves: (path) => /:(?:streamGenerateContent|generateContent)$/.test(path),
  hear: (body, path) => {
    const contents = records(body.contents);
    const config = record(body.generationConfig);
    const schema = config.responseJsonSchema ?? config.responseSchema;
    return {
      tools: records(body.tools)
        .flatMap((tool) => records(tool.functionDeclarations))
        .map((tool) => ({
          name: string(tool.name),
          parameters: record(tool.parametersJsonSchema ?? tool.parameters),
        })),
      prompt: [
        JSON.stringify(body.tools ?? []),
        JSON.stringify(body.systemInstruction ?? ""),
        ...contents.map((content) => JSON.stringify(content)),
      ],
      results: contents
        .flatMap((content) => list(content.parts))
        .map((part) => record(record(part).functionResponse))
        .filter((result) => "response" in result)
        .map((result) => ({ id: string(result.id), text: resultText(result.response) })),
      stream: path.endsWith(":streamGenerateContent"),
      schema: schema === undefined ? undefined : record(schema),
    };
  },
  opening: () => "",
  delta: (reply, text) => plainEvent(chunk(reply, [{ text }], false)),
  closing: (reply, answer) => plainEvent(chunk(reply, partsOf(answer), true)),
  whole: (reply, answer) => chunk(reply, partsOf(answer), true),
};
