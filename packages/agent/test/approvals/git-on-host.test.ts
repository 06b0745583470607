import assert from "node:assert/strict";
import { test } from "node:test";
import { gitOnHost } from "../../src/approvals/git-on-host.ts";

const off = "-c core.hooksPath=/dev/null -c core.fsmonitor=false -c protocol.ext.allow=never";

for (const [given, run] of [
  ["git push", "push"],
  ["  git   push -u origin main \n", "push -u origin main"],
  ["git fetch --all --prune", "fetch --all --prune"],
  ["git clone https://example.org/a.git b", "clone https://example.org/a.git b"],
  ["git remote update", "remote update"],
  ["git push git@example.org:a/b.git HEAD:refs/heads/x", "push git@example.org:a/b.git HEAD:refs/heads/x"],
] as const)
  test(`runs with the repository's programs off: ${given.trim()}`, () =>
    assert.equal(gitOnHost(given), `git ${off} ${run}`));

for (const given of [
  "git push; rm x",
  "git push && true",
  "git push\nrm x",
  "git push $(x)",
  "git push > x",
  "git push origin 'a b'",
  "git push ~/x",
  "git commit -m x",
  "git remote add x y",
  "git pushy",
  "git -c core.sshCommand=x push",
  "git fetch --upload-pack=x",
  "git fetch --upload-pack x",
  "git push --receive-pack=x",
  "git push --exec=x",
  "git clone -c a=b x",
  "git clone -cprotocol.ext.allow=always x",
  "git clone --config a=b x",
  "git clone -u x y",
  "git clone -qux y",
  "git fetch --upload=x",
  "git push --rec x",
  "git clone --template=x y",
  "GIT_SSH=x git push",
  "",
])
  test(`is no plain git network command: ${JSON.stringify(given)}`, () => assert.equal(gitOnHost(given), null));
