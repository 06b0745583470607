import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadShellAnalysis } from "@fettle/workspace";
import { createOfflineModel } from "../../../../src/models/offline/offline-model.ts";
import { drive, makeRepository } from "../drive.ts";

const files = {
  "package.json": JSON.stringify({
    name: "ranges",
    description: "Ranges of numbers",
    main: "src/range.js",
    scripts: { test: "node --test", build: "tsc" },
  }),
  "README.md":
    "# ranges\n\n[![badge](x.svg)](y)\n\nReads and writes ranges of numbers.\n\n```sh\nnpm install\nnpm start\n```\n",
  "src/range.js": `// Reads "1-3" into its ends.
const split = require("./split.js");

/** Parses one range; TODO: open ends. */
function parseRange(text) {
  const parts = split(text, "-");
  return parts.map(Number);
}

exports.parseRange = parseRange;
`,
  "src/split.js": "module.exports = (text, separator) => text.split(separator);\n",
  "src/main.js": 'const { parseRange } = require("./range.js");\nconsole.log(parseRange(process.argv[2]));\n',
  "test/range.test.js": 'const { parseRange } = require("../src/range.js");\nparseRange("1-2");\n',
  "it's here/-odd.js": "exports.oddOne = 1;\n",
  'a b/ran"gé.js': "exports.quotedOne = 1;\n",
};

const model = createOfflineModel({ searchProgram: ["false"], seed: 1, seconds: 5 });
const honest = /I am the offline engine/;

const table: [string, RegExp[]][] = [
  ["what does quotedOne do?", [/a b\/ran"gé\.js:1/, /exports\.quotedOne = 1;/]],
  [
    "where is parseRange defined?",
    [
      /^`parseRange` is defined at src\/range\.js:5:\n {4}function parseRange/,
      /mentioned elsewhere in \d+ lines in \d files/,
    ],
  ],
  [
    "where is parseRange used?",
    [
      /defined at src\/range\.js:5/,
      /Source[\s\S]*- src\/main\.js:2: console\.log/,
      /Tests[\s\S]*- test\/range\.test\.js:2/,
    ],
  ],
  ["which tests cover parseRange?", [/- test\/range\.test\.js:2: parseRange\("1-2"\);/]],
  [
    "what does parseRange do?",
    [/\/\*\* Parses one range; TODO/, /It calls: split, parts\.map/, /Used by:\n- src\/(?:main|range)\.js/],
  ],
  [
    "what is in this repository?",
    [
      /ranges: Ranges of numbers/,
      /Reads and writes ranges of numbers\./,
      /JavaScript 6/,
      /- src\/ \(3 files\)/,
      /Tests: `npm test`/,
    ],
  ],
  ["how do I run it?", [/- npm run build: tsc/, /- npm start/, /starts at src\/range\.js/]],
  ["list the TODOs", [/- src\/range\.js:4: /]],
  ["explain src/split.js", [/src\/split\.js begins:\n {4}module\.exports/]],
  ["where is the text split by its separator?", [/src\/split\.js \(\d of \d words\)/]],
  ["where is ParseRANGE?", [/`parseRange` is defined at src\/range\.js:5/]],
  ["where is oddOne defined?", [/defined at it's here\/-odd\.js:1:\n {4}exports\.oddOne = 1;/]],
  ["where is nowhereAtAll defined?", [/^I found no "nowhereAtAll"/]],
  ["where is `'; touch hacked; '` defined?", [/found nothing|found no/]],
];

for (const git of [true, false])
  test(`answers by searching, ${git ? "in a git repository" : "without git"}`, async () => {
    using repository = makeRepository(files, git);
    const { isReadOnlyScript } = await loadShellAnalysis();
    const before = spawnSync("/bin/sh", ["-c", "find . -type f -not -path './.git/*' | sort | xargs -d '\\n' cksum"], {
      cwd: repository.root,
    });
    for (const [question, expected] of table) {
      const { final, commands } = await drive(model, repository.root, question);
      for (const command of commands) assert.ok(isReadOnlyScript(command), command);
      for (const pattern of [...expected, honest]) assert.match(final, pattern, `${question}\n${final}`);
    }
    const after = spawnSync("/bin/sh", ["-c", "find . -type f -not -path './.git/*' | sort | xargs -d '\\n' cksum"], {
      cwd: repository.root,
    });
    assert.equal(String(after.stdout), String(before.stdout));
  });

const special: readonly [string, (file: string) => void][] = [
  ["a pipe", (file) => execFileSync("mkfifo", [file])],
  ["a device", (file) => symlinkSync("/dev/zero", file)],
  ["a folder", (file) => renameSync(join(file, "../test"), file)],
];

for (const [kind, make] of special)
  test(`a file that is ${kind} is not read`, async () => {
    using repository = makeRepository(files);
    for (const name of ["package.json", "README.md", "src/split.js"]) rmSync(join(repository.root, name));
    make(join(repository.root, "package.json"));
    if (kind !== "a folder") for (const name of ["README.md", "src/split.js"]) make(join(repository.root, name));
    const overview = await drive(model, repository.root, "what is in this repository?");
    assert.match(overview.final, /JavaScript \d/);
    assert.doesNotMatch(overview.final, /ranges/);
    const file = await drive(model, repository.root, "explain src/split.js");
    assert.match(file.final, /^I cannot read src\/split\.js/);
  });

test("of a file without end only the beginning is read", async () => {
  const endless = `{"scripts": {"test": "node --test"}, "padding": "${" ".repeat(3_000_000)}"}`;
  using repository = makeRepository({ ...files, "package.json": endless, "src/long.js": endless });
  const overview = await drive(model, repository.root, "what is in this repository?");
  assert.match(overview.final, /Tests: `npm test`/);
  const file = await drive(model, repository.root, "explain src/long.js");
  assert.match(file.final, /src\/long\.js begins:/);
  const results = [...overview.input, ...file.input].filter((item) => item.type === "result");
  for (const { content } of results) assert.ok(JSON.stringify(content).length < 1_100_000);
});

test("knows what it was asked about last", async () => {
  using repository = makeRepository(files);
  const first = await drive(model, repository.root, "where is parseRange defined?");
  const second = await drive(model, repository.root, "and where is it used?", first.input);
  assert.match(second.final, /`parseRange`, defined at src\/range\.js:5, is used in/);
});
