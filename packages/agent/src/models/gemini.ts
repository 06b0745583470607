import type { WireFormat } from "./exchange.ts";
import { geminiBody, optionalGeminiParameters } from "./gemini-request.ts";
import { createGeminiReader } from "./gemini-stream.ts";

/** Google's Gemini API. The model is named in the path; signatures come with the parts and are sent again on them. */
export const geminiWire: WireFormat = {
  path: ({ wireModel }) => {
    const place = wireModel.includes("/") ? wireModel : `models/${wireModel}`;
    return `${place.split("/").map(encodeURIComponent).join("/")}:streamGenerateContent`;
  },
  query: { alt: "sse" },
  optional: optionalGeminiParameters,
  body: geminiBody,
  reader: createGeminiReader,
};
