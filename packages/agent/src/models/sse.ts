import { StringDecoder } from "node:string_decoder";

/*
 * Server-sent events, as the HTML standard defines the stream (§9.2.6 "Interpreting an event stream"): lines end in LF,
 * CR or CRLF, a blank line ends an event, `data` lines are joined by LF. More tolerant in one point: an event that the
 * end of the stream leaves without its blank line is handed over, because some model servers omit it.
 */

/** The event's name (empty when none was given) and its data. */
export type SseListener = (event: string, data: string) => void;

export type SseParser = {
  /** False once an event was larger than the limit: nothing more is parsed. */
  push(chunk: Buffer): boolean;
  /** The regular end of the stream. */
  end(): void;
};

/** `maxEventChars` bounds what is kept of one event, so that a hostile server cannot fill the memory. */
export const createSseParser = (onEvent: SseListener, maxEventChars = 32 * 1024 * 1024): SseParser => {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let name = "";
  let data: string | undefined;
  let begun = false;
  let skipLineFeed = false;
  let overflown = false;

  const dispatch = (): void => {
    const event = name;
    const text = data;
    name = "";
    data = undefined;
    if (text !== undefined) onEvent(event, text);
  };

  const takeLine = (line: string): void => {
    if (line.length === 0) {
      dispatch();
    } else if (line.startsWith("data:")) {
      const value = line.slice(line.charCodeAt(5) === 32 ? 6 : 5);
      data = data === undefined ? value : `${data}\n${value}`;
      if (data.length > maxEventChars) overflown = true;
    } else if (line.startsWith("event:")) {
      name = line.slice(line.charCodeAt(6) === 32 ? 7 : 6);
    } else if (line === "data") {
      data = data === undefined ? "" : `${data}\n`;
    } else if (line === "event") {
      name = "";
    }
    // Comments (`:`), `id`, `retry` and unknown fields mean nothing to us.
  };

  const takeText = (decoded: string): void => {
    let text = decoded;
    if (text.length === 0) return;
    if (!begun) {
      begun = true;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    if (skipLineFeed && text.length > 0) {
      skipLineFeed = false;
      if (text.charCodeAt(0) === 10) text = text.slice(1);
    }
    if (text.includes("\r")) {
      // A CR at the very end ends its line now; the LF that may follow in the next chunk belongs to it.
      skipLineFeed = text.endsWith("\r");
      text = text.replace(/\r\n?/g, "\n");
    }
    let newline = text.indexOf("\n");
    if (newline === -1) {
      rest += text;
      if (rest.length > maxEventChars) overflown = true;
      return;
    }
    takeLine(rest.length === 0 ? text.slice(0, newline) : rest + text.slice(0, newline));
    let start = newline + 1;
    for (newline = text.indexOf("\n", start); newline !== -1 && !overflown; newline = text.indexOf("\n", start)) {
      takeLine(text.slice(start, newline));
      start = newline + 1;
    }
    rest = text.slice(start);
  };

  return {
    push(chunk) {
      if (!overflown) takeText(decoder.write(chunk));
      return !overflown;
    },
    end() {
      if (overflown) return;
      takeText(decoder.end());
      if (rest.length > 0) takeLine(rest);
      rest = "";
      dispatch();
    },
  };
};
