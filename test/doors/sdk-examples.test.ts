import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { fettleProgram } from "../support/fettle.ts";
import { openScene, toolResults, wordsOf } from "../support/scripted-run.ts";

/* The examples of docs/sdk.md, as they stand there. */

const root = join(import.meta.dirname, "../..");
const examples = [...readFileSync(join(root, "docs/sdk.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code = ""]) => code,
);
const shell = (command: string): ScriptedStep => ({ calls: [{ name: "shell", arguments: { command } }] });

type Scene = Awaited<ReturnType<typeof openScene>>;
type Example = {
  readonly steps: readonly ScriptedStep[];
  readonly says: RegExp;
  /** Goes on beside the example. */
  readonly during?: (scene: Scene) => Promise<void>;
  readonly look?: (scene: Scene) => void;
};

/** Resolves once words for a later turn lie on the disk. */
const queued = async ({ home }: Scene): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = (): void => {
    const messages = globSync("threads/*/*/*/*/inbox/*.json", { cwd: home });
    if (messages.some((path) => readFileSync(join(home, path), "utf8").includes("changelog"))) resolve();
  };
  const watcher = watch(home, { recursive: true }, look).on("error", reject);
  look();
  await promise.finally(() => watcher.close());
};

/** For each example in order: what the model does, and what is printed. */
const plan: readonly Example[] = [
  { steps: [{ text: "They pass." }], says: /^completed They pass\.\n100 0\.\d+ \[\]\n$/ },
  {
    steps: [shell("cat a.txt"), { text: ["It is ", "alpha"] }],
    says: /^alpha\n\$ cat a\.txt\nIt is alphacompleted\n$/,
  },
  {
    steps: [shell("touch new"), shell("rm a.txt"), { text: "done" }],
    says: /^$/,
    look({ repository }) {
      assert.deepEqual(
        ["new", "a.txt"].map((name) => existsSync(join(repository, name))),
        [true, true],
      );
    },
  },
  {
    steps: [{ calls: [{ name: "weather", arguments: { city: "Bergen" } }] }, { text: "Take one." }],
    says: /^Take one\.\n$/,
    look: ({ server }) => assert.deepEqual(toolResults(server.requests[1]), ["It rains in Bergen."]),
  },
  { steps: [{ text: '{"files":["a.txt"],"risky":false}' }], says: /^1 false\n$/ },
  {
    steps: [shell("until [ -e go ]; do sleep 0.02; done"), { text: "tidy" }, { text: "written" }, { text: "another" }],
    says: /^written\nanother\n$/,
    async during(scene) {
      await queued(scene);
      writeFileSync(join(scene.repository, "go"), "");
    },
    look({ server }) {
      const words = wordsOf(server.requests.at(-1), "user");
      assert.deepEqual(words.toSorted(), [
        "leave the tests alone",
        "then write the changelog",
        "tidy up",
        "try it another way",
      ]);
    },
  },
];

describe("the examples of docs/sdk.md", { concurrency: 2 }, () => {
  test("there are as many as are run", () => assert.equal(examples.length, plan.length));

  for (const [index, example] of plan.entries())
    test(`example ${index + 1} does what it says`, async (t) => {
      const scene = await openScene(t, { steps: example.steps });
      mkdirSync(scene.home, { recursive: true });
      writeFileSync(join(scene.home, "config.toml"), `model = "gpt-5"\nopenai_base_url = "${scene.server.baseUrl}"\n`);
      const code = (examples[index] ?? "").replace("/path/to/repository", scene.repository);
      const env = {
        PATH: process.env.PATH,
        HOME: scene.home,
        FETTLE_HOME: scene.home,
        FETTLE_PROGRAM: fettleProgram,
        OPENAI_API_KEY: "dummy",
      };
      const running = new Promise<string>((resolve, reject) =>
        execFile(process.execPath, ["--input-type=module", "-e", code], { cwd: root, env }, (error, stdout, stderr) =>
          error === null ? resolve(stdout) : reject(new Error(`${error.message}${stderr}`)),
        ),
      );
      await Promise.race([example.during?.(scene), running]);
      assert.match(await running, example.says);
      example.look?.(scene);
    });
});
