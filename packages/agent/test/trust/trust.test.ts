import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { configPath, repositoryRoot, rulesPath } from "../../src/trust/project-files.ts";
import { type Repository, trust, trustNote, trustOf, trustOfFile, untrust } from "../../src/trust/trust.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const scene = (t: TestContext): Repository => {
  const folder = temporaryFolder(t);
  const root = join(folder, "work");
  mkdirSync(join(root, ".fettle"), { recursive: true });
  mkdirSync(join(root, ".git"));
  return { home: join(folder, "home"), root };
};
const put = ({ root }: Repository, path: string, content: string): void => writeFileSync(join(root, path), content);
const states = (at: Repository): string[] => trustOf(at).files.map(({ state }) => state);

test("trust holds for exact content, per file, until it is taken back", (t) => {
  const at = scene(t);
  assert.deepEqual(states(at), ["absent", "absent"]);
  assert.equal(existsSync(at.home), false, "looking writes nothing");
  put(at, configPath, "model = 'a'\n");
  put(at, rulesPath, "");
  trust(at, trustOf(at).files);
  assert.deepEqual(states(at), ["trusted", "trusted"]);
  put(at, configPath, "model = 'b'\n");
  const changed = trustOfFile(at, configPath);
  assert.equal(changed.state, "changed");
  assert.match(changed.diff ?? "", /^-model = 'a'\n\+model = 'b'$/m);
  put(at, configPath, "model = 'a'\n");
  assert.deepEqual(states(at), ["trusted", "trusted"], "content decides, not the time it was written");
  assert.equal(untrust(at), true);
  assert.equal(untrust(at), false);
  assert.deepEqual(states(at), ["untrusted", "untrusted"]);
});

test("what was shown is what is trusted, although the file changed meanwhile", (t) => {
  const at = scene(t);
  put(at, configPath, "model = 'shown'\n");
  const shown = trustOf(at).files;
  put(at, configPath, "model = 'swapped'\n");
  trust(at, shown);
  assert.equal(trustOfFile(at, configPath).state, "changed");
});

test("trust in one repository says nothing of another with the same files", (t) => {
  const at = scene(t);
  put(at, configPath, "model = 'a'\n");
  trust(at, trustOf(at).files);
  const other = { home: at.home, root: join(at.root, "nested") };
  mkdirSync(join(other.root, ".fettle"), { recursive: true });
  put(other, configPath, "model = 'a'\n");
  assert.equal(trustOfFile(other, configPath).state, "untrusted");
});

test("links, folders, pipes, large files and bytes that are no text are refused", (t) => {
  const at = scene(t);
  const refusal = (): string => trustOfFile(at, configPath).refused ?? "none";
  put(at, ".fettle/real.toml", "model = 'a'\n");
  const path = join(at.root, configPath);
  const cases: [() => void, RegExp][] = [
    [() => symlinkSync("real.toml", path), /config\.toml is a symbolic link/],
    [() => mkdirSync(path), /not a regular file/],
    [() => execFileSync("mkfifo", [path]), /not a regular file/],
    [() => writeFileSync(path, " ".repeat(300 * 1024)), /larger than 256 KiB/],
    [() => writeFileSync(path, Buffer.from([0x61, 0xff])), /not text/],
    [() => writeFileSync(path, "a\0b"), /not text/],
  ];
  for (const [make, why] of cases) {
    make();
    assert.match(refusal(), why);
    trust(at, trustOf(at).files);
    assert.equal(trustOfFile(at, configPath).state, "untrusted");
    execFileSync("rm", ["-r", path]);
  }
});

test("a linked folder is refused, and so is a link among its parents", (t) => {
  const at = scene(t);
  const other = { home: at.home, root: join(at.root, "other") };
  mkdirSync(other.root);
  symlinkSync("../.fettle", join(other.root, ".fettle"));
  put(at, configPath, "model = 'a'\n");
  assert.match(trustOfFile(other, configPath).refused ?? "", /\.fettle is a symbolic link/);
});

test("a store that others could have written is not believed", (t) => {
  const at = scene(t);
  put(at, configPath, "model = 'a'\n");
  trust(at, trustOf(at).files);
  const folder = join(at.home, "trust");
  const file = join(folder, readdirSync(folder)[0] ?? "");
  const problem = (): string => trustNote(trustOfFile(at, configPath), "it") ?? "";
  chmodSync(folder, 0o777);
  assert.match(problem(), /does not count: nothing .* is trusted, because .*trust cannot be used: others may write it/);
  chmodSync(folder, 0o700);
  chmodSync(file, 0o666);
  assert.match(problem(), /\.json cannot be used: others may write it/);
  chmodSync(file, 0o600);
  assert.equal(problem(), "");
  if (process.getuid?.() === 0) {
    chownSync(file, 65534, 65534);
    assert.match(problem(), /it belongs to another user/);
    chownSync(file, 0, 0);
  }
  writeFileSync(file, "{}");
  assert.match(problem(), /it has not the expected fields; see: fettle trust$/);
  trust(at, trustOf(at).files);
  assert.equal(problem(), "", "trusting again mends it");
});

test("the root is the nearest folder with .git; the user's own folder is no project", (t) => {
  const at = scene(t);
  mkdirSync(join(at.root, "a/b"), { recursive: true });
  assert.equal(repositoryRoot(join(at.root, "a/b")), at.root);
  put(at, configPath, "model = 'a'\n");
  assert.equal(trustOfFile({ home: join(at.root, ".fettle"), root: at.root }, configPath).state, "absent");
});
