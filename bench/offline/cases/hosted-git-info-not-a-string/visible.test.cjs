const assert = require("node:assert");
const { test } = require("node:test");
const hosted = require("..");

test("knows the hosts", () => {
  const info = hosted.fromUrl("git+https://github.com/foo/bar.git#branch");
  assert.strictEqual(info.type, "github");
  assert.strictEqual(info.user, "foo");
  assert.strictEqual(info.project, "bar");
  assert.strictEqual(info.committish, "branch");
  assert.strictEqual(hosted.fromUrl("https://gitlab.com/foo/bar").type, "gitlab");
});

test("knows short forms", () => {
  assert.strictEqual(hosted.fromUrl("foo/bar").type, "github");
  assert.strictEqual(hosted.fromUrl("bitbucket:foo/bar").type, "bitbucket");
});

test("writes addresses", () => {
  const info = hosted.fromUrl("foo/bar");
  assert.strictEqual(info.https(), "git+https://github.com/foo/bar.git");
  assert.strictEqual(info.ssh(), "git@github.com:foo/bar.git");
  assert.strictEqual(info.browse(), "https://github.com/foo/bar");
});

test("other addresses are not its own", () => {
  assert.strictEqual(hosted.fromUrl("https://example.com/foo/bar"), undefined);
  assert.strictEqual(hosted.fromUrl(""), undefined);
  assert.strictEqual(hosted.fromUrl(undefined), undefined);
});

test("an address without a host is not its own either", () => {
  assert.strictEqual(hosted.fromUrl("file:///foo/bar"), undefined);
  assert.strictEqual(hosted.fromUrl("/foo/bar"), undefined);
});

test("what is no text is no address", () => {
  assert.strictEqual(hosted.fromUrl({}), undefined);
  assert.strictEqual(hosted.fromUrl({ toString: () => "foo/bar" }), undefined);
});
