import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { caseIds, readCase, testSource } from "./case.ts";

const permissive = new Set(["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"]);

describe("the corpus of real bugs", () => {
  test("has enough cases to say something", () => {
    assert.ok(caseIds().length >= 25, `${caseIds().length} cases`);
  });

  for (const id of caseIds()) {
    test(id, () => {
      const found = readCase(id);
      assert.notEqual(found.buggy.version, found.fixed.version);
      assert.notEqual(found.buggy.integrity, found.fixed.integrity);
      assert.ok(permissive.has(found.license), found.license);
      assert.ok(found.files.length > 0);
      assert.match(found.fixedBy, /^https:\/\/\S+ /);
      assert.ok(found.testCommand.endsWith(` ${found.testFile}`), found.testCommand);
      for (const version of Object.values(found.dependencies)) assert.match(version, /^\d+\.\d+\.\d+/);
      const visible = readFileSync(testSource(id, "visible"), "utf8");
      for (const name of found.failing) assert.ok(visible.includes(`test("${name}"`), `no test is named ${name}`);
      assert.notEqual(readFileSync(testSource(id, "hidden"), "utf8"), visible);
    });
  }
});
