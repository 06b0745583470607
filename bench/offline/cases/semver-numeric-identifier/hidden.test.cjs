const assert = require("node:assert");
const { test } = require("node:test");
const semver = require("..");

test("numbers that are counted on", () => {
  assert.strictEqual(semver.inc("1.2.0-1.5", "prerelease", "1"), "1.2.0-1.6");
  assert.strictEqual(semver.inc("1.2.0-2.5", "prerelease", "1"), "1.2.0-1.0");
  assert.strictEqual(semver.inc("1.2.0-1.beta", "prerelease", "1"), "1.2.0-1.0");
});

test("names that look alike", () => {
  assert.strictEqual(semver.inc("1.2.0-a1.0", "prerelease", "1"), "1.2.0-1.0");
  assert.strictEqual(semver.inc("1.2.0-beta.0", "prerelease", "beta"), "1.2.0-beta.1");
  assert.strictEqual(semver.inc("1.2.0-BETA.0", "prerelease", "beta"), "1.2.0-beta.0");
});

test("an object with a pre-release stays as it was", () => {
  const version = new semver.SemVer("1.2.3-beta.1");
  assert.strictEqual(semver.inc(version, "prerelease", "beta"), "1.2.3-beta.2");
  assert.strictEqual(version.version, "1.2.3-beta.1");
});
