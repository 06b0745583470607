import { writeSync } from "node:fs";
import { plainText } from "@fettle/protocol";

/*
 * What the terminal is asked to do differently while the program runs. Everything asked for here is taken back by
 * `restore`, which is synchronous so that it also works when the process is about to end.
 */

/** Bracketed paste, focus events, and keys told apart (kitty's protocol, its lowest level). */
const entering = "\u001b[?2004h\u001b[?1004h\u001b[>1u";
const leaving = "\u001b[<u\u001b[?1004l\u001b[?2004l\u001b[?25h";
/** What kind of terminal it is. */
const askKind = "\u001b[>c";
const askBackground = "\u001b]11;?\u001b\\";

/** Longest text in a title or notification, in characters. */
const maxWords = 120;

/** A title, notification or clipboard text must not end its own sequence early. */
const inSequence = (text: string): string =>
  plainText(text)
    .replace(/[\n\t\ufffd;]/g, " ")
    .slice(0, maxWords);

export type Modes = {
  /** Raw keys and the modes above; asks for the background's colour, whose answer comes as input. */
  readonly enter: () => void;
  /** As it was found. May be called at any time and more than once. */
  readonly restore: () => void;
  readonly title: (text: string) => void;
  /** Whether the terminal's tab shows that something is at work. */
  readonly progress: (working: boolean) => void;
  /** Only for a person who looks elsewhere: the caller knows. */
  readonly notify: (text: string) => void;
  /** Puts text into the clipboard, also over ssh. */
  readonly copy: (text: string) => void;
};

export type ModesPorts = {
  readonly input: { readonly setRawMode: (raw: boolean) => unknown };
  readonly fd: number;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** A terminal that is not read (it may be gone) must not keep us from ending. */
const writeNow = (fd: number, bytes: string): void => {
  try {
    writeSync(fd, bytes);
  } catch {}
};

/** The Linux console prints what it does not know of these; others pass over it. */
const knowsStrings = (env: ModesPorts["env"]): boolean => env.TERM !== "linux" && env.TERM !== "dumb";

const withProgress = new Set(["ghostty", "WezTerm", "vscode"]);

/** Elsewhere the same sequence is a notification that says "4;3". */
const showsProgress = (env: ModesPorts["env"]): boolean =>
  env.WT_SESSION !== undefined || env.ConEmuPID !== undefined || withProgress.has(env.TERM_PROGRAM ?? "");

export const createModes = ({ input, fd, env }: ModesPorts): Modes => {
  let entered = false;
  let titled = false;
  let working = false;
  const strings = knowsStrings(env);
  const write = (bytes: string): void => writeNow(fd, bytes);
  const progress = (on: boolean): void => {
    if (on === working || !showsProgress(env)) return;
    working = on;
    write(on ? "\u001b]9;4;3\u001b\\" : "\u001b]9;4;0\u001b\\");
  };
  return {
    enter() {
      if (entered) return;
      entered = true;
      input.setRawMode(true);
      write(entering + askKind + (plainColours(env) || !strings ? "" : askBackground));
    },
    restore() {
      if (!entered) return;
      entered = false;
      progress(false);
      write(`${leaving}${titled ? "\u001b]2;\u001b\\" : ""}`);
      try {
        input.setRawMode(false);
      } catch {
        // The terminal went away.
      }
    },
    title(text) {
      if (!strings) return;
      titled = true;
      write(`\u001b]2;${inSequence(text)}\u001b\\`);
    },
    progress,
    notify(text) {
      const words = inSequence(text);
      write(strings ? `\u0007\u001b]9;${words}\u001b\\\u001b]777;notify;fettle;${words}\u001b\\` : "\u0007");
    },
    copy(text) {
      if (strings) write(`\u001b]52;c;${Buffer.from(text).toString("base64")}\u001b\\`);
    },
  };
};

/** Whether there are to be no colours at all. */
export const plainColours = (env: Readonly<Record<string, string | undefined>>): boolean =>
  (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";

/** Light or dark from a terminal's answer (`11;rgb:ffff/ffff/ffff`); null when it is none. */
export const backgroundOf = (reply: string): "light" | "dark" | null => {
  const [, red, green, blue] = /^11;rgba?:([\da-f]{2,4})\/([\da-f]{2,4})\/([\da-f]{2,4})/i.exec(reply) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return null;
  const share = (hex: string): number => Number.parseInt(hex, 16) / (16 ** hex.length - 1);
  return 0.299 * share(red) + 0.587 * share(green) + 0.114 * share(blue) > 0.5 ? "light" : "dark";
};
