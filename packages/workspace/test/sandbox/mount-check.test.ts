import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { expectedMounts, parseMounts, wrongMount } from "../../src/sandbox/mount-check.ts";
import { openTestWorkspace, policyOf } from "./test-workspace.ts";

test("what is mounted below a folder that commands can change is looked at, and nothing else", () => {
  const args =
    "--ro-bind / / --tmpfs /home --bind /w /w --bind /w/.git /w/.git --ro-bind /own/empty /w/.env --perms 0555 --tmpfs /w/.idea -- --bind /w/x /w/x";
  assert.deepEqual(expectedMounts(args.split(" "), ["/w"]), [
    { at: "/w/.git", of: "/w/.git" },
    { at: "/w/.env", of: null },
    { at: "/w/.idea", of: null },
  ]);
});

test("a mount must be where it was meant, of what it was meant", () => {
  const line = (root: string, at: string, device = "8:1"): string =>
    `30 20 ${device} ${root} ${at} rw,relatime - ext4 /dev/sda1 rw`;
  const host = parseMounts([line("/", "/"), line("/volume", "/w/volume", "8:2")].join("\n"));
  const check = (inside: string, at: string): string | null =>
    wrongMount([{ at, of: at }], host, parseMounts(inside))?.at ?? null;
  assert.equal(check(line("/w/.git", "/w/.git"), "/w/.git"), null);
  assert.equal(check(line("/w", "/w/.git"), "/w/.git"), "/w/.git", "something else");
  assert.equal(check(line("/w/.git//deleted", "/w/.git"), "/w/.git"), "/w/.git", "removed meanwhile");
  assert.equal(check(line("/w/.git", "/w/x"), "/w/.git"), "/w/.git", "somewhere else");
  assert.equal(check(line("/w/.git", "/w/.git", "8:9"), "/w/.git"), "/w/.git", "another file system");
  assert.equal(check(`${line("/", "/w/.git")}\n${line("/w/.git", "/w/.git")}`, "/w/.git"), null, "the last one counts");
  assert.equal(check(line("/volume/a", "/w/volume/a", "8:2"), "/w/volume/a"), null, "in a mount of the host's");
  assert.equal(check(line(String.raw`/w/a\040b`, String.raw`/w/a\040b`), "/w/a b"), null);
});

/** Exchanges two names, again and again, as fast as it can. */
const exchange = (a: string, b: string): string =>
  `perl -e 'my ($a, $b) = ("${a}\\0", "${b}\\0"); while (1) { syscall(316, -100, $a, -100, $b, 2); select(undef, undef, undef, 0.0003) }'`;

for (const [what, name, link] of [
  ["write", ".git/worktrees", "../.."],
  ["read", ".zed", ".."],
] as const) {
  test(`a running command that exchanges folders lets the next one ${what} nothing outside`, {
    timeout: 120_000,
  }, async (t) => {
    if (process.arch !== "x64") return t.skip("the number of the system call is that of x64");
    const { workspace, root, outside } = await openTestWorkspace(t, (at) => {
      mkdirSync(join(at, ".git/refs"), { recursive: true });
      mkdirSync(join(at, ".git/objects"));
      writeFileSync(join(at, ".git/HEAD"), "ref: refs/heads/main\n");
      writeFileSync(join(at, ".git/config"), "[core]\n\trepositoryformatversion = 0\n");
      writeFileSync(join(at, "../outside/canary"), "untouched");
      writeFileSync(join(at, "../outside/secret"), "KEY");
    });
    const other = name.startsWith(".git/") ? ".git/flip" : "flip";
    const script = `mkdir -p ${name}; ln -sfn ${link} ${other}; echo up; ${exchange(name, other)}`;
    const racing = await workspace.start({ script, cwd: root, policy: policyOf() });
    assert.ok(racing.ok);
    await new Promise<void>((resolve) => racing.command.onOutput(() => resolve()));
    for (let i = 0; i < 8; i += 1) {
      const started = await workspace.start({
        script: `echo pwned > ${outside}/canary; cat ${outside}/secret ${root}/.zed/outside/secret`,
        cwd: root,
        policy: policyOf(),
      });
      if (!started.ok) continue;
      let output = "";
      started.command.onOutput((chunk) => {
        output += chunk.toString();
      });
      await started.command.exited;
      assert.doesNotMatch(output, /KEY/);
    }
    await racing.command.kill({ graceMs: 0 });
    assert.equal(readFileSync(join(outside, "canary"), "utf8"), "untouched");
  });
}
