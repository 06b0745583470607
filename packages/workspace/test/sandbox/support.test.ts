import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { explainRefusal, type Symptoms } from "../../src/sandbox/refusal.ts";
import { probeSupport } from "../../src/sandbox/support.ts";

const symptoms = (more: Partial<Symptoms>): Symptoms => ({
  output: "bwrap: setting up uid map: Permission denied\n",
  installers: ["apt-get"],
  kernel: { apparmorRestrictsNamespaces: "", unprivilegedNamespaces: "", mostNamespaces: "62000" },
  inContainer: false,
  isRoot: false,
  bubblewrap: "/usr/bin/bwrap",
  ...more,
});

const kernel = (more: Partial<Symptoms["kernel"]>): Partial<Symptoms> => ({
  kernel: { ...symptoms({}).kernel, ...more },
});

const remedy = (more: Partial<Symptoms>): string => explainRefusal(symptoms(more)).remedy;

test("without bubblewrap the line that installs it here is named", () => {
  const named = (installer: string): string => remedy({ output: null, installers: [installer] });
  assert.equal(named("apt-get"), "apt-get install bubblewrap");
  assert.equal(named("dnf"), "dnf install bubblewrap");
  assert.equal(named("pacman"), "pacman -S bubblewrap");
  assert.equal(named("apk"), "apk add bubblewrap");
  assert.match(named("emerge"), /package manager/);
});

test("each cause of a refused namespace has its remedy, and bubblewrap's words are told", () => {
  assert.match(explainRefusal(symptoms({})).reason, /setting up uid map: Permission denied/);
  assert.match(remedy(kernel({ unprivilegedNamespaces: "0" })), /sysctl kernel\.unprivileged_userns_clone=1/);
  assert.match(remedy(kernel({ mostNamespaces: "0" })), /sysctl user\.max_user_namespaces=/);
  const apparmor = remedy(kernel({ apparmorRestrictsNamespaces: "1" }));
  assert.match(apparmor, /profile bwrap \/usr\/bin\/bwrap flags=\(unconfined\) \{[^}]*userns,/);
  assert.match(apparmor, /\/etc\/apparmor\.d\/bwrap/);
  assert.match(remedy({}), /check that this kernel allows user namespaces/);
});

test("in a container its flags are named, and the one for /proc when that is what failed", () => {
  const container = { inContainer: true, ...kernel({ apparmorRestrictsNamespaces: "1" }) };
  assert.match(remedy(container), /--security-opt seccomp=unconfined --security-opt apparmor=unconfined`/);
  const proc = remedy({ ...container, output: "bwrap: Can't mount proc on /newroot/proc: Operation not permitted" });
  assert.match(proc, /apparmor=unconfined --security-opt systempaths=unconfined`/);
});

test("root is not told to allow namespaces to others", () => {
  const more = kernel({ unprivilegedNamespaces: "0", apparmorRestrictsNamespaces: "1" });
  assert.match(remedy({ ...more, isRoot: true }), /check that this kernel/);
});

const fakeBubblewrap = (t: TestContext, script: string): string => {
  const folder = mkdtempSync(join(tmpdir(), "bubblewrap-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "bwrap");
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
};

test("an older bubblewrap is used without what it does not know", async (t) => {
  const path = fakeBubblewrap(
    t,
    'for word; do [ "$word" = --disable-userns ] && { echo "bwrap: Unknown option --disable-userns" >&2; exit 1; }; done; exit 0',
  );
  const found = await probeSupport({ kind: "bubblewrap", path });
  assert.deepEqual(found, { kind: "bubblewrap", path });
});

test("one that is too old for the rest is refused by name", async (t) => {
  const path = fakeBubblewrap(t, 'echo "bwrap: Unknown option --perms" >&2; exit 1');
  const found = await probeSupport({ kind: "bubblewrap", path });
  assert.match(found.kind === "none" ? found.remedy : "", /too old/);
});

test("one that fails is refused with its own last words", async (t) => {
  const path = fakeBubblewrap(t, 'echo "first" >&2; echo "bwrap: No space for a namespace" >&2; exit 1');
  const found = await probeSupport({ kind: "bubblewrap", path });
  assert.match(found.kind === "none" ? found.reason : "", /\(bwrap: No space for a namespace\)/);
});
