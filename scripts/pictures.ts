import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { openPictured } from "./pictures/run.ts";
import { type Scene, scenes } from "./pictures/scenes.ts";
import { svgOf } from "./pictures/svg.ts";

/*
 * npm run pictures [-- --out FOLDER] [SCENE…]: makes the pictures of docs/terminal.md by running the program on a terminal
 * with the offline engine. What they show is what it shows.
 */

const root = resolve(import.meta.dirname, "..");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string", default: join(root, "docs/pictures") } },
});

const draw = async (scene: Scene): Promise<void> => {
  const { columns, rows, args, play, title, theme, name } = scene;
  const program = [process.execPath, join(root, "packages/cli/src/main.ts")];
  const run = openPictured(program, args, { columns, rows });
  try {
    await play(run);
    const path = join(values.out, `${name}.svg`);
    writeFileSync(path, svgOf({ terminal: run.terminal, title, theme, home: run.home }));
    process.stdout.write(`${path}\n`);
  } finally {
    await run.end();
  }
};

const wanted = positionals.length === 0 ? scenes : scenes.filter(({ name }) => positionals.includes(name));
if (wanted.length === 0)
  throw new Error(`no scene of that name; there are: ${scenes.map(({ name }) => name).join(", ")}`);
mkdirSync(values.out, { recursive: true });
for (const scene of wanted) await draw(scene);
