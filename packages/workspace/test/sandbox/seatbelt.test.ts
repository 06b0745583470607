import assert from "node:assert/strict";
import { test } from "node:test";
import { type SeatbeltFacts, seatbeltProfile } from "../../src/sandbox/seatbelt.ts";

/*
 * The profile has not been run on macOS. What can be held here is what it says: its rules are read back and the last
 * one that fits decides, as sandbox-exec has it.
 */

const facts: SeatbeltFacts = {
  mode: "workspace-write",
  home: "/Users/ann",
  roots: ["/Users/ann/code/my.app"],
  readable: ["/Users/ann/.cargo/bin"],
  hidden: ["/Users/ann/code/my.app/private", "/Users/ann/.fettle"],
  temp: "/private/tmp/fettle-1",
  network: { proxyPort: 8123 },
};

const decide = (profile: string, operation: string, path: string): "allow" | "deny" => {
  let decision: "allow" | "deny" = "deny";
  for (const line of profile.split("\n")) {
    const rule = /^\((allow|deny) ((?:[a-z*-]+ ?)+)(.*)\)$/.exec(line);
    if (!rule) continue;
    const [, verdict, operations = "", filters = ""] = rule;
    const names = operations.trim().split(" ");
    const isMeant = names.some((name) =>
      name.endsWith("*") ? operation.startsWith(name.slice(0, -1)) : name === operation,
    );
    if (!isMeant) continue;
    const places = [...filters.matchAll(/\((literal|subpath|regex) #?"((?:[^"\\]|\\.)*)"\)/g)];
    const fits = ([, kind, value = ""]: RegExpMatchArray): boolean => {
      if (kind === "regex") return new RegExp(value).test(path);
      return path === value || (kind === "subpath" && path.startsWith(`${value}/`));
    };
    if (filters === "" || places.some(fits)) decision = verdict === "allow" ? "allow" : "deny";
  }
  return decision;
};

const profile = seatbeltProfile(facts);
const root = facts.roots[0] ?? "";

const check = (operation: string, expected: "allow" | "deny", paths: readonly string[], text = profile): void => {
  for (const path of paths) assert.equal(decide(text, operation, path), expected, `${operation} ${path}`);
};

test("writes go to the workspace and the private temporary folder", () => {
  check("file-write-create", "allow", [
    `${root}/src/a.ts`,
    "/private/tmp/fettle-1/x",
    `${root}/.git/index`,
    `${root}/.git/refs/heads/x`,
  ]);
  check("file-write-create", "deny", [
    "/etc/hosts",
    "/Users/ann/.zshrc",
    "/private/tmp/other",
    "/Users/ann/code/myXapp/a",
    "/usr/local/bin/x",
  ]);
  const readOnly = seatbeltProfile({ ...facts, mode: "read-only" });
  check("file-write-create", "deny", [`${root}/src/a.ts`], readOnly);
  check("file-write-create", "allow", ["/private/tmp/fettle-1/x"], readOnly);
});

test("git's and editors' configuration is closed at every depth and in any case", () => {
  const inGit = [
    "",
    "/hooks/pre-commit",
    "/config",
    "/config.lock",
    "/commondir",
    "/info/attributes",
    "/modules/a/b/config",
    "/worktrees/w/gitdir",
  ];
  for (const folder of [root, `${root}/packages/x`]) {
    check(
      "file-write-create",
      "deny",
      inGit.map((path) => `${folder}/.git${path}`),
    );
    check("file-write-data", "deny", [
      `${folder}/.GIT/config`,
      `${folder}/.vscode/tasks.json`,
      `${folder}/.VSCode`,
      `${folder}/.mcp.json`,
    ]);
  }
  check("file-write-create", "allow", [`${root}/git/config`, `${root}/vscode/tasks.json`, `${root}/x.mcp.json.md`]);
});

test("folders above what is closed cannot be moved away", () => {
  check("file-write-unlink", "deny", [root, "/Users/ann/code", "/Users"]);
  check("file-write-unlink", "allow", [`${root}/src/a.ts`]);
});

test("secrets cannot be read", () => {
  check("file-read-data", "deny", [
    "/Users/ann/.ssh/id_rsa",
    `${root}/.env`,
    `${root}/app/.env.local`,
    `${root}/private/key`,
    "/Users/ann/.fettle/auth.json",
  ]);
  check("file-read-data", "allow", [
    `${root}/src/a.ts`,
    `${root}/.env.example`,
    "/Users/ann/.cargo/bin/rg",
    "/usr/lib/x",
  ]);
});

test("the network is the proxy's port, nothing, or everything", () => {
  assert.match(profile, /\(allow network-outbound \(remote ip "localhost:8123"\)\)/);
  assert.doesNotMatch(seatbeltProfile({ ...facts, network: "none" }), /allow network/);
  assert.match(seatbeltProfile({ ...facts, network: "host" }), /^\(allow network\*\)$/m);
});

test("names with quotes and brackets stay names", () => {
  const odd = seatbeltProfile({ ...facts, roots: ['/Users/ann/a "b" (c)'] });
  assert.match(odd, /\(subpath "\/Users\/ann\/a \\"b\\" \(c\)"\)/);
  assert.equal(odd.split("\n").filter((line) => /^\(.*\)$/.test(line)).length, odd.trimEnd().split("\n").length);
});
