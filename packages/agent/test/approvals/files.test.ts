import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { allowHost, entryFor, readAllowedHosts } from "../../src/approvals/allowed-hosts.ts";
import { readThreadLevel, writeThreadLevel } from "../../src/approvals/level-file.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("allowed hosts: added once, with what a person wrote kept, readable by the owner alone", (t) => {
  const home = temporaryFolder(t);
  assert.deepEqual(readAllowedHosts(home), []);
  const path = join(home, "allowed-hosts");
  writeFileSync(path, "# mine\n*.Example.org   # with a word\nnot a host\n10.0.0.1");
  for (const host of ["new.example.com", "NEW.example.com", "2606:4700::1111"])
    assert.equal(allowHost(home, host), null);
  assert.deepEqual(readAllowedHosts(home), ["*.example.org", "10.0.0.1", "new.example.com", "2606:4700::1111"]);
  assert.ok(readFileSync(path, "utf8").startsWith("# mine\n*.Example.org   # with a word\nnot a host\n10.0.0.1\n"));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(home), ["allowed-hosts"]);
});

test("allowed hosts: a port other than the web's is allowed alone", (t) => {
  const home = temporaryFolder(t);
  const entries = [entryFor("a.example", 443), entryFor("a.example", 8080), entryFor("2606:4700::1111", 22)];
  assert.deepEqual(entries, ["a.example", "a.example:8080", "[2606:4700::1111]:22"]);
  for (const entry of entries) assert.equal(allowHost(home, entry), null);
  assert.deepEqual(readAllowedHosts(home), entries);
});

test("allowed hosts: what is no host is not written, least of all a second line", (t) => {
  const home = temporaryFolder(t);
  for (const host of ["", "*", "a b", "a\nb.example", "# x", "https://a.example", "a.example # x"])
    assert.match(allowHost(home, host) ?? "", /is not a host$/, host);
  assert.deepEqual(readdirSync(home), []);
  assert.match(allowHost(join(home, "absent"), "a.example") ?? "", /cannot be written \(ENOENT\)$/);
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
