import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
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
    const before = spawnSync("/bin/sh", ["-c", "find . -type f -not -path './.git/*' | sort | xargs -d '\\n' cksum"], {
      cwd: repository.root,
    });
    for (const [question, expected] of table) {
      const { final } = await drive(model, repository.root, question);
      for (const pattern of [...expected, honest]) assert.match(final, pattern, `${question}\n${final}`);
    }
    const after = spawnSync("/bin/sh", ["-c", "find . -type f -not -path './.git/*' | sort | xargs -d '\\n' cksum"], {
      cwd: repository.root,
    });
    assert.equal(String(after.stdout), String(before.stdout));
  });

test("knows what it was asked about last", async () => {
  using repository = makeRepository(files);
  const first = await drive(model, repository.root, "where is parseRange defined?");
  const second = await drive(model, repository.root, "and where is it used?", first.input);
  assert.match(second.final, /`parseRange`, defined at src\/range\.js:5, is used in/);
});
