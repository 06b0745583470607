const assert = require("node:assert");
const { test } = require("node:test");
const semver = require("..");

test("increments releases", () => {
  assert.strictEqual(semver.inc("1.2.3", "major"), "2.0.0");
  assert.strictEqual(semver.inc("1.2.3", "minor"), "1.3.0");
  assert.strictEqual(semver.inc("1.2.3-beta.1", "patch"), "1.2.3");
  assert.strictEqual(semver.inc("nonsense", "patch"), null);
});

test("increments pre-releases", () => {
  assert.strictEqual(semver.inc("1.2.3", "prerelease"), "1.2.4-0");
  assert.strictEqual(semver.inc("1.2.3-beta.1", "prerelease", "beta"), "1.2.3-beta.2");
  assert.strictEqual(semver.inc("1.2.3-alpha.1", "prerelease", "beta"), "1.2.3-beta.0");
});

test("compares", () => {
  assert.ok(semver.lt("1.2.3", "10.0.0"));
  assert.ok(semver.gt("1.2.3", "1.2.3-beta"));
  assert.deepStrictEqual(["2.0.0", "1.0.0", "1.10.0"].sort(semver.compare), ["1.0.0", "1.10.0", "2.0.0"]);
});

test("satisfies ranges", () => {
  assert.ok(semver.satisfies("1.2.9", "^1.2.3"));
  assert.ok(!semver.satisfies("2.0.0", "^1.2.3"));
  assert.ok(semver.satisfies("1.2.3", "1.x || >=2.5.0"));
});

test("a pre-release may be named by a number", () => {
  assert.strictEqual(semver.inc("1.2.0-1", "prerelease", "1"), "1.2.0-1.0");
  assert.strictEqual(semver.inc("1.2.0-1.0", "prerelease", "1"), "1.2.0-1.1");
});

test("an object may be incremented", () => {
  const version = new semver.SemVer("1.2.3");
  assert.strictEqual(semver.inc(version, "minor"), "1.3.0");
  assert.strictEqual(version.version, "1.2.3");
});
