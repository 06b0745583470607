import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { harmlessGitConfig } from "../../src/sandbox/git-config.ts";
import { scrubEnvironment, splitLoaderVariables } from "../../src/sandbox/scrub-environment.ts";

test("ordinary variables stay, all others go", () => {
  const environment = {
    PATH: "/bin",
    LANG: "C.UTF-8",
    LC_ALL: "C",
    HOME: "/home/ann",
    NODE_ENV: "test",
    NODE_OPTIONS: "--require ./x.js",
    BASH_ENV: "/x",
    OPENAI_API_KEY: "k",
    AWS_PROFILE: "p",
    SSH_AUTH_SOCK: "/s",
    DBUS_SESSION_BUS_ADDRESS: "d",
    npm_config__authToken: "t",
    https_proxy: "http://proxy:1",
    HTTP_PROXY: "http://user:secret@proxy:1",
    GOPROXY: "https://token@proxy",
    GONE: undefined,
  };
  const kept = { PATH: "/bin", LANG: "C.UTF-8", LC_ALL: "C", HOME: "/home/ann", NODE_ENV: "test" };
  assert.deepEqual(scrubEnvironment(environment, { network: false, secrets: [] }), kept);
  assert.deepEqual(scrubEnvironment(environment, { network: true, secrets: [] }), {
    ...kept,
    https_proxy: "http://proxy:1",
  });
});

test("a variable that the policy names passes, whatever it holds", () => {
  const given = { MY_TOKEN: "t", OTHER_TOKEN: "u", HTTP_PROXY: "http://user:secret@proxy:1" };
  const secrets = ["MY_TOKEN", "HTTP_PROXY", "ABSENT"];
  assert.deepEqual(scrubEnvironment(given, { network: false, secrets }), {
    MY_TOKEN: "t",
    HTTP_PROXY: "http://user:secret@proxy:1",
  });
});

test("nothing with a name like a secret's ever stays", async () => {
  const secret = fc
    .tuple(
      fc.stringMatching(/^[A-Z]{1,8}$/),
      fc.constantFrom("_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_CREDENTIALS", "PASS"),
    )
    .map(([first, last]) => first + last);
  await fc.assert(
    fc.property(secret, (name) =>
      assert.deepEqual(scrubEnvironment({ [name]: "x" }, { network: true, secrets: [] }), {}),
    ),
  );
});

test("what the loader acts on is set inside only", () => {
  assert.deepEqual(splitLoaderVariables({ LD_PRELOAD: "x", LD_LIBRARY_PATH: "y", PATH: "/bin" }), {
    launcher: { PATH: "/bin" },
    inside: { LD_PRELOAD: "x", LD_LIBRARY_PATH: "y" },
  });
});

test("git configuration keeps who one is and drops secrets, programs and what it cannot read", () => {
  const text = `[user]
\tname = Ann
\temail = ann@example.org
\tsigningkey = ABC
[commit]
\tgpgsign = true
[core]
\tfsmonitor = /x
\tautocrlf = input
\thooksPath = /y
[url "https://token@host/"]
\tinsteadOf = https://host/
[credential]
\thelper = store
[http]
\textraHeader = Authorization: x
[alias]
\tx = !sh
[user]
\tname = two \\
\tlines
`;
  assert.equal(
    harmlessGitConfig(text),
    "[user]\n\tname = Ann\n[user]\n\temail = ann@example.org\n[core]\n\tautocrlf = input\n",
  );
  assert.equal(harmlessGitConfig(""), "");
});
