import assert from "node:assert/strict";
import { test } from "node:test";
import { relocate, relocatedEnvironment } from "../../../src/offline/search/relocate.ts";

const table: [string, string][] = [
  ["cd /home/u/app && node /home/u/app/check.js", "cd /copy && node /copy/check.js"],
  ["at file:///home/u/app/a.js:1", "at file:///copy/a.js:1"],
  ["--root=/home/u/app", "--root=/copy"],
  ["/home/u/app-two/a.js", "/home/u/app-two/a.js"],
  ["/mnt/x/home/u/app2", "/mnt/x/home/u/app2"],
  ["/link/a.js", "/copy/a.js"],
];
for (const [before, after] of table) {
  test(`relocates in ${before}`, () => assert.equal(relocate(before, ["/home/u/app", "/link"], "/copy"), after));
}

test("an environment names the copy, and nothing of the package manager's run", () => {
  const env = {
    PWD: "/app",
    INIT_CWD: "/app",
    npm_package_json: "/app/package.json",
    DATA: "/app/data",
    PATH: "/app/x",
  };
  assert.deepEqual(relocatedEnvironment(env, ["/app"], "/copy"), { PWD: "/copy", DATA: "/copy/data", PATH: "/app/x" });
});
