import type { Heard } from "./wire.ts";

/** One request as the scripted model saw it. Times in milliseconds of the machine's monotonic clock. */
export type RequestRecord = {
  /** main: with a shell tool; side: without (titles, classifiers); other: not a generation. */
  kind: "main" | "side" | "other";
  path: string;
  status: number;
  /** The head of the request arrived; its whole body did; the answer's last byte was handed over. */
  headAt: number;
  bodyAt: number;
  doneAt?: number;
  bytes: number;
  tools?: number;
  /** Estimated from the length of the prompt. */
  tokens?: number;
  /** From the end of the last answer to the whole of this request: the agent's own turn. */
  turnMs?: number;
  /** The last main prompt is a prefix of this one. */
  extendsLast?: boolean;
  /** The result of the last call: its size, and whether it has what the command printed. */
  resultCharacters?: number;
  resultOk?: boolean;
};

export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** A rule of thumb that is the same for every agent. */
export const estimateTokens = (text: string): number => Math.ceil(text.length / 4);

export const promptText = (heard: Heard): string => heard.prompt.join("\n");

/** Length of the common beginning of two texts. */
export const commonLength = (a: string, b: string): number => {
  const end = Math.min(a.length, b.length);
  const stride = 8192;
  let at = 0;
  while (at + stride <= end && a.slice(at, at + stride) === b.slice(at, at + stride)) at += stride;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
};
