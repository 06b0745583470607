import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { before, describe, test } from "node:test";
import { fettleProgram, scratch } from "../support/fettle.ts";
import { openScene } from "../support/scripted-run.ts";

/* The package @fettle/sdk as it is published: built, packed, unpacked beside a program, and used by it. */

const root = join(import.meta.dirname, "../..");
const { path: folder } = scratch("sdk-package");
const packageFolder = join(folder, "node_modules/@fettle/sdk");

type Result = { code: number; stdout: string; stderr: string };
const execute = (
  file: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Result> =>
  new Promise((resolve) =>
    execFile(file, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    ),
  );
const succeed = async (...args: Parameters<typeof execute>): Promise<string> => {
  const { code, stdout, stderr } = await execute(...args);
  assert.equal(code, 0, `${args[0]} ${args[1].join(" ")}\n${stdout}${stderr}`);
  return stdout;
};

/** Every Node.js of another major version on the PATH, and this one. */
const nodes = async (): Promise<Map<string, string>> => {
  const found = new Map([[process.versions.node.split(".")[0] ?? "", process.execPath]]);
  for (const place of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(place, "node");
    if (!existsSync(path)) continue;
    const major = (await execute(path, ["-p", "process.versions.node.split('.')[0]"])).stdout.trim();
    if (Number(major) >= 20 && !found.has(major)) found.set(major, path);
  }
  return found;
};

const program = `
import { openFettle, tool } from "@fettle/sdk";
import * as z from "zod";
const double = tool({
  name: "double",
  description: "Doubles",
  parameters: z.object({ value: z.number() }),
  readOnly: true,
  run: ({ value }) => String(value * 2),
});
const fettle = openFettle();
const thread = await fettle.startThread({ cwd: process.argv[2] ?? ".", tools: [double], approve: () => "once" });
const stream = thread.stream("double 21", { schema: z.object({ is: z.number() }) });
for await (const event of stream) if (event.type === "turn.completed") console.log(event.usage.output_tokens);
const { output, status } = await stream.result;
const is: number | undefined = output?.is;
console.log(process.versions.node.split(".")[0], status, is);
`;
/** What the types must refuse. */
const wrong = `
import { openFettle, tool } from "@fettle/sdk";
import * as z from "zod";
const thread = await openFettle().startThread({ autonomy: "yes" });
const { output } = await thread.run("x", { schema: z.object({ is: z.number() }) });
const is: string | undefined = output?.is;
tool({ name: "t", description: "", parameters: z.object({ a: z.string() }), run: ({ b }) => b });
`;

describe("the published @fettle/sdk", () => {
  before(async () => {
    const dist = join(folder, "dist");
    await succeed(process.execPath, [join(root, "scripts/build.ts"), "--out", dist]);
    const env = { ...process.env, HOME: join(folder, "home"), npm_config_cache: join(folder, "cache") };
    const packed = JSON.parse(await succeed("npm", ["pack", "--json"], { cwd: join(dist, "sdk"), env })) as {
      filename: string;
    }[];
    mkdirSync(packageFolder, { recursive: true });
    const archive = join(dist, "sdk", packed[0]?.filename ?? "");
    await succeed("tar", ["-xzf", archive, "-C", packageFolder, "--strip-components=1"]);
    symlinkSync(join(root, "node_modules/zod"), join(folder, "node_modules/zod"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  });

  test("holds code, types, its documentation, and depends on zod alone", () => {
    const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
      private?: boolean;
    };
    assert.deepEqual(Object.keys(manifest.dependencies), ["zod"]);
    assert.equal(manifest.private, undefined);
    assert.deepEqual(
      ["index.js", "types/sdk/src/index.d.ts", "README.md", "LICENSE"].filter(
        (name) => !existsSync(join(packageFolder, name)),
      ),
      [],
    );
  });

  test("its types hold in a strict program, and refuse what is wrong", async () => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const flags = [
      "--noEmit",
      "--strict",
      "--target",
      "es2022",
      "--module",
      "nodenext",
      "--pretty",
      "false",
      "--types",
      "node",
      "--typeRoots",
      join(root, "node_modules/@types"),
    ];
    writeFileSync(join(folder, "right.ts"), program);
    writeFileSync(join(folder, "wrong.ts"), wrong);
    await succeed(process.execPath, [tsc, ...flags, "right.ts"], { cwd: folder });
    const { code, stdout } = await execute(process.execPath, [tsc, ...flags, "wrong.ts"], { cwd: folder });
    assert.notEqual(code, 0);
    assert.deepEqual(
      stdout.split("\n").flatMap((line) => /^wrong\.ts\((\d+),/.exec(line)?.[1] ?? []),
      ["4", "6", "7"],
      stdout,
    );
  });

  test("runs on each Node.js that is here", async (t) => {
    const plain = program.replace(": number | undefined", "");
    writeFileSync(join(folder, "program.mjs"), plain);
    const found = await nodes();
    t.diagnostic(`Node.js ${[...found.keys()].join(", ")}`);
    for (const [major, node] of found) {
      const scene = await openScene(t, {
        steps: [{ calls: [{ name: "double", arguments: { value: 21 } }] }, { text: '{"is":42}' }],
      });
      mkdirSync(scene.home, { recursive: true });
      writeFileSync(join(scene.home, "config.toml"), `model = "gpt-5"\nopenai_base_url = "${scene.server.baseUrl}"\n`);
      const env = {
        PATH: process.env.PATH,
        HOME: scene.home,
        FETTLE_HOME: scene.home,
        FETTLE_PROGRAM: fettleProgram,
        OPENAI_API_KEY: "dummy",
      };
      const output = await succeed(node, ["program.mjs", scene.repository], { cwd: folder, env });
      assert.equal(output, `40\n${major} completed 42\n`);
      assert.match(scene.server.requests[1]?.body ?? "", /"42"/);
    }
  });
});
