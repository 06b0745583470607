import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fettleProgram, makeRepository, runFettle, scratch } from "./support/fettle.ts";

const { path, home } = scratch("completion");
const repository = makeRepository(join(path, "work"), {
  "a.txt": "a\n",
  ".agents/skills/tidy/SKILL.md": "---\nname: tidy\ndescription: Tidies up.\n---\nTidy.\n",
});

const words = async (...line: string[]): Promise<string[]> => {
  const { stdout, code } = await runFettle(["completion", "--words", "--", ...line], { cwd: repository, home });
  assert.equal(code, 0);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((row) => row.split("\t")[0] ?? "");
};

test("what can come next is read off the help: commands, options, their values, and what is there", async () => {
  assert.deepEqual(await words("co"), ["context", "completion"]);
  assert.deepEqual(await words("exec", "--max"), ["--max-turns", "--max-time", "--max-cost", "--max-tokens"]);
  assert.deepEqual(await words("exec", "-s", ""), ["read-only", "workspace-write", "danger-full-access"]);
  assert.deepEqual(await words("exec", "--autonomy", "tr"), ["trusted"]);
  assert.deepEqual(await words("autonomy", ""), ["suggest", "edit", "run", "trusted", "full"]);
  assert.deepEqual(await words("skills", "s"), ["show"]);
  assert.deepEqual(await words("skills", "show", ""), ["tidy"]);
  assert.deepEqual(await words("sandbox", "--", "--"), [], "what follows is another program's");
  assert.deepEqual(await words("nothing", ""), []);
  const { stdout } = await runFettle(["exec", "--json", "find a"], { cwd: repository, home });
  const id = /"thread_id":"([^"]+)"/.exec(stdout)?.[1];
  assert.ok(id);
  assert.deepEqual(await words("undo", ""), [id]);
});

test("bash completes by it", async () => {
  const bin = join(path, "bin");
  mkdirSync(bin);
  symlinkSync(fettleProgram, join(bin, "fettle"));
  const script = `eval "$(fettle completion bash)"
    COMP_WORDS=(fettle exec --effort m); COMP_CWORD=3; _fettle; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p fettle`;
  const env = { PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}`, HOME: home, FETTLE_HOME: home };
  const said = execFileSync("bash", ["-c", script], { cwd: repository, env, encoding: "utf8" });
  assert.equal(said, "minimal\nmedium\nmax\ncomplete -o default -F _fettle fettle\n");
});

test("another shell is refused by name, with those that there are", async () => {
  const { code, stderr } = await runFettle(["completion", "tcsh"], { cwd: repository, home });
  assert.equal(code, 2);
  assert.match(stderr, /one shell: bash, zsh, fish/);
});
