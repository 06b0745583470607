import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadShellAnalysis } from "@fettle/workspace";
import { allowHost, entryFor, readAllowedHosts } from "../../src/approvals/allowed-hosts.ts";
import { readThreadLevel, writeThreadLevel } from "../../src/approvals/level-file.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const allowed = (home: string): readonly string[] => {
  const read = readAllowedHosts(home);
  assert.ok(read.ok, read.ok ? "" : read.message);
  return read.allow;
};
const webPortsOf = (...hosts: string[]): string[] => hosts.flatMap((host) => [`${host}:80`, `${host}:443`]);

test("allowed hosts: added once, with what a person wrote kept, readable by the owner alone", (t) => {
  const home = temporaryFolder(t);
  assert.deepEqual(allowed(home), []);
  const path = join(home, "allowed-hosts");
  writeFileSync(path, "# mine\n*.Example.org   # with a word\n\n10.0.0.1");
  for (const host of ["new.example.com", "NEW.example.com", "2606:4700::1111"])
    assert.equal(allowHost(home, host), null);
  assert.deepEqual(allowed(home), webPortsOf("*.example.org", "10.0.0.1", "new.example.com", "[2606:4700::1111]"));
  assert.equal(
    readFileSync(path, "utf8"),
    "# mine\n*.Example.org   # with a word\n\n10.0.0.1\nnew.example.com\n2606:4700::1111\n",
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(home), ["allowed-hosts", "answers.lock"]);
});

test("allowed hosts: without a port an entry is the web's two; any other is allowed alone", (t) => {
  const home = temporaryFolder(t);
  const entries = [entryFor("a.example", 443), entryFor("a.example", 8080), entryFor("2606:4700::1111", 22)];
  assert.deepEqual(entries, ["a.example", "a.example:8080", "[2606:4700::1111]:22"]);
  for (const entry of entries) assert.equal(allowHost(home, entry), null);
  assert.deepEqual(allowed(home), [...webPortsOf("a.example"), "a.example:8080", "[2606:4700::1111]:22"]);
});

test("allowed hosts: what is no host is not written, least of all a second line", (t) => {
  const home = temporaryFolder(t);
  for (const host of ["", "a b", "a\nb.example", "# x", "https://a.example", "a.example # x"])
    assert.match(allowHost(home, host) ?? "", / is no host/, host);
  assert.match(allowHost(home, "*") ?? "", /^"\*" is every host, which only the configuration can allow$/);
  for (const port of [0, 65536, 99999, 100000])
    assert.equal(
      allowHost(home, `a.example:${port}`),
      `"a.example:${port}" names the port ${port}, but ports go from 1 to 65535`,
    );
  assert.deepEqual(readdirSync(home), []);
  assert.match(allowHost(join(home, "absent"), "a.example") ?? "", /cannot be written \(ENOENT\)$/);
});

test("allowed hosts: a line that is none is an error that names it", (t) => {
  const home = temporaryFolder(t);
  const path = join(home, "allowed-hosts");
  for (const [line, says] of [
    ["a.example:99999", /:2: "a\.example:99999" names the port 99999/],
    ["not a host", /:2: "not a host" is no host: write example\.org/],
  ] as const) {
    writeFileSync(path, `b.example\n${line}\n`);
    const read = readAllowedHosts(home);
    assert.ok(!read.ok && read.message.startsWith(path));
    assert.match(read.message, says);
  }
});

test("a file that is a link stays one, and what it leads to is changed", (t) => {
  const home = temporaryFolder(t);
  mkdirSync(join(home, "dotfiles"));
  symlinkSync("dotfiles/hosts", join(home, "allowed-hosts"));
  writeFileSync(join(home, "dotfiles/hosts"), "a.example\n");
  assert.equal(allowHost(home, "b.example"), null);
  assert.ok(lstatSync(join(home, "allowed-hosts")).isSymbolicLink());
  assert.equal(readFileSync(join(home, "dotfiles/hosts"), "utf8"), "a.example\nb.example\n");
});

test("rules that eight processes add at once are all there, each whole", async (t) => {
  const home = temporaryFolder(t);
  const path = join(home, "rules.toml");
  writeFileSync(path, "# mine\n");
  const writer = join(import.meta.dirname, "programs/write-rules.ts");
  const rounds = 10;
  // Each says that it is loaded and waits for a byte, so that all of them write in the same moment.
  const writers = Array.from({ length: 8 }, (_, at) =>
    spawn(process.execPath, [writer, home, String(at), String(rounds)], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  const ends = Promise.all(writers.map(async (one) => (await once(one, "close"))[0] as number | null));
  await Promise.race([Promise.all(writers.map((one) => once(one.stdout, "data"))), ends]);
  for (const one of writers) one.stdin.on("error", () => {}).end("go");
  const read = await loadShellAnalysis();
  const broken: string[] = [];
  let running = true;
  void ends.finally(() => {
    running = false;
  });
  while (running) {
    const seen = read.readRules(readFileSync(path, "utf8"), { file: path, layer: "user" });
    if (!seen.ok) broken.push(seen.message);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(await ends, Array(8).fill(0));
  assert.deepEqual(broken, [], "whoever reads meanwhile never sees a part");
  const text = readFileSync(path, "utf8");
  for (let at = 0; at < 8; at += 1)
    for (let round = 0; round < rounds; round += 1) assert.ok(text.includes(`"${at}-${round}"]`), `${at}-${round}`);
  assert.equal(text.match(/^\[\[rule\]\]$/gm)?.length, 8 * rounds);
  assert.ok(text.startsWith("# mine\n"));
  assert.deepEqual(readdirSync(home).toSorted(), ["answers.lock", "rules.toml"]);
});

test("a thread's level: absent, written, taken back; what cannot be read is the strictest", (t) => {
  const folder = temporaryFolder(t);
  const log = join(folder, "id.jsonl");
  mkdirSync(join(folder, "id"));
  assert.equal(readThreadLevel(log), null);
  writeThreadLevel(log, "full");
  assert.equal(readThreadLevel(log), "full");
  assert.deepEqual(readdirSync(join(folder, "id")), ["autonomy"]);
  writeFileSync(join(folder, "id/autonomy"), "everything\n");
  assert.equal(readThreadLevel(log), "suggest");
  writeThreadLevel(log, null);
  assert.equal(readThreadLevel(log), null);
});
