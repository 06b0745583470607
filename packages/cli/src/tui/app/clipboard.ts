import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../../usage-error.ts";
import type { App } from "./app.ts";

/** Each prints the picture in the clipboard, where it is installed and there is one. */
const programs: readonly (readonly [string, ...string[]])[] = [
  ["wl-paste", "--no-newline", "--type", "image/png"],
  ["xclip", "-selection", "clipboard", "-t", "image/png", "-o"],
  ["pngpaste", "-"],
];

const maxBytes = 32 * 1024 * 1024;

const printed = ([program, ...args]: readonly [string, ...string[]]): Promise<Buffer> =>
  new Promise((resolve) =>
    execFile(program, args, { encoding: "buffer", maxBuffer: maxBytes, timeout: 3000 }, (error, stdout) =>
      resolve(error === null ? stdout : Buffer.alloc(0)),
    ),
  );

/** Puts the picture in the clipboard into the text. */
export const takePicture = async (app: App): Promise<void> => {
  for (const program of programs) {
    const bytes = await printed(program);
    if (bytes.length === 0) continue;
    const folder = join((await app.engine()).home, "pictures");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `${Date.now()}.png`);
    writeFileSync(path, bytes, { mode: 0o600, flag: "wx" });
    app.editor.attach(path);
    app.draw();
    return;
  }
  throw new CommandError("there is no picture in the clipboard that can be had (wl-paste, xclip or pngpaste gets it)");
};
