import type { PicturedRun } from "./run.ts";
import type { ThemeName } from "./svg.ts";

/* The screens of docs/terminal.md: how each comes about, with the offline engine. */

export type Scene = {
  readonly name: string;
  readonly title: string;
  readonly theme: ThemeName;
  readonly columns: number;
  readonly rows: number;
  readonly args: readonly string[];
  readonly play: (run: PicturedRun) => Promise<void>;
};

const size = { columns: 96, rows: 40 };
const mending = ["make the tests pass"];
/** No turn runs any more, and its evidence stands there. */
const mended = /Evidence[\s\S]*\n› /;

const idleAfter = async (run: PicturedRun): Promise<void> => {
  await run.shows(mended);
  await run.shows(/^(?![\s\S]*\n● )/);
};

export const scenes: readonly Scene[] = [
  {
    name: "first-run",
    title: "The first start in a folder: what could be asked, the input, and where and how it works",
    theme: "dark",
    ...size,
    args: [],
    play: (run) => run.shows(/for a start:[\s\S]*offline/),
  },
  {
    name: "mended",
    title: "A turn that mends a bug: commands, the diff, what changed, and the evidence",
    theme: "dark",
    ...size,
    args: mending,
    play: idleAfter,
  },
  {
    name: "question",
    title: "A question above the input, which stays free to type in",
    theme: "dark",
    ...size,
    args: ["--autonomy", "suggest", ...mending],
    async play(run) {
      await run.shows(/\[o\]nce/);
      run.type("and then look at isFree");
      await run.shows(/› and then look at isFree/);
    },
  },
  {
    name: "rewind",
    title: "Esc Esc: the turns, and what taking each back would change",
    theme: "dark",
    ...size,
    args: mending,
    async play(run) {
      await idleAfter(run);
      run.type("\u001b");
      await run.shows(/Esc again/);
      run.type("\u001b");
      await run.shows(/take turns back[\s\S]*cart\.js/);
    },
  },
  {
    name: "transcript",
    title: "Ctrl-T: all that was said and done, with a search",
    theme: "dark",
    ...size,
    args: mending,
    async play(run) {
      await idleAfter(run);
      run.type("\u0014");
      await run.shows(/back/);
    },
  },
  {
    name: "light",
    title: "The same turn on a light background",
    theme: "light",
    ...size,
    args: mending,
    async play(run) {
      await run.shows(/offline/);
      run.type("/theme light\r");
      await idleAfter(run);
    },
  },
];
