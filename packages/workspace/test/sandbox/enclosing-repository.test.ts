import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openWorkspace } from "../../src/open-workspace.ts";
import type { Policy } from "../../src/types.ts";
import { policyOf } from "./test-workspace.ts";

// The workspace is a folder inside of a repository, and the rest of that is below a masked folder.

type Place = { readonly repository: string; run(script: string, more?: Partial<Policy>): Promise<string> };

const openPlace = async (t: TestContext, state: string, prepare: (repository: string) => void): Promise<Place> => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "enclosing-test-")));
  const [home, repository] = [join(top, "home"), join(top, "repository")];
  const [root, stateDir] = [join(repository, "app"), join(repository, state)];
  const previousHome = process.env.HOME;
  process.env.HOME = home;
  for (const folder of [home, root]) mkdirSync(folder, { recursive: true });
  prepare(repository);
  mkdirSync(stateDir, { recursive: true });
  const workspace = await openWorkspace({ root, stateDir, threadId: "test" });
  t.after(async () => {
    await workspace.close();
    process.env.HOME = previousHome;
    rmSync(top, { recursive: true, force: true });
  });
  const run: Place["run"] = async (script, more = {}) => {
    const started = await workspace.start({ script, cwd: root, policy: policyOf(more) });
    if (!started.ok) throw new Error(started.message);
    let output = "";
    started.command.onOutput((chunk) => {
      output += Buffer.from(chunk).toString();
    });
    await started.command.exited;
    return output;
  };
  return { repository, run };
};

const isWritable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

const initialise = (repository: string): void => {
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], { cwd: repository });
  };
  git("init", "-q");
  writeFileSync(join(repository, "app/a"), "1\n");
  git("add", "app/a");
  git("commit", "-qm", "first");
};

const seen = (path: string): string => `cat ${path} ${path}/* 2>/dev/null`;

test("of the repository above git's folder is there, read-only, and nothing else", async (t) => {
  const { repository, run } = await openPlace(t, "state", (at) => {
    initialise(at);
    mkdirSync(join(at, "private"));
    for (const name of [".env", "private/key", "README"]) writeFileSync(join(at, name), `SECRET in ${name}\n`);
  });
  writeFileSync(join(repository, "state/auth.json"), "SECRET state");
  assert.equal(await run("git log --format=%s; git show HEAD:app/a"), "first\n1\n");
  const hiddenPaths = [join(repository, "private")];
  assert.doesNotMatch(await run(`cat ../.env ../README; ls ../state ../private; ${seen("../private")}`), /SECRET|key/);
  assert.doesNotMatch(await run(seen("../private"), { hiddenPaths }), /SECRET/);
  assert.equal(await run(seen("../state")), "");
  await run("echo x > ../.git/planted; echo x >> ../.git/config; mkdir ../.git/hooks/x; echo x > ../made");
  assert.equal(readdirSync(join(repository, ".git")).includes("planted"), false);
  assert.equal(readdirSync(repository).includes("made"), false);
});

test("what is hidden, our own state and sockets stay unseen in git's folder above too", async (t) => {
  const { repository, run } = await openPlace(t, ".git/state", (at) => {
    initialise(at);
    mkdirSync(join(at, ".git/hidden"));
    writeFileSync(join(at, ".git/hidden/key"), "SECRET key");
  });
  writeFileSync(join(repository, ".git/state/auth.json"), "SECRET state");
  assert.equal(await run(seen("../.git/state")), "");
  assert.match(await run(seen("../.git/hidden")), /SECRET/);
  assert.equal(await run(seen("../.git/hidden"), { hiddenPaths: [join(repository, ".git/hidden")] }), "");
  assert.doesNotMatch(await run("git log", { hiddenPaths: [join(repository, ".git")] }), /first/);
  assert.doesNotMatch(await run("git log", { hiddenPaths: [repository] }), /first/);
  const server = createServer((socket) => socket.end("reached"));
  for (const name of [".git/daemon.sock", "db.sock"]) {
    await new Promise<void>((resolve) => server.listen(join(repository, name), resolve));
    const connect = `require("net").connect("../${name}").on("data", (d) => console.log(d + "")).on("error", () => {})`;
    assert.doesNotMatch(await run(`${process.execPath} -e '${connect}'`), /reached/);
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a .git above without a repository in it opens nothing", async (t) => {
  const kinds: ((path: string) => void)[] = [
    (path) => writeFileSync(path, ""),
    (path) => writeFileSync(path, "gitdir: /nowhere\n"),
    (path) => mkdirSync(path),
    (path) => {
      mkdirSync(path);
      writeFileSync(join(path, "HEAD"), "ref: refs/heads/main\n");
    },
  ];
  for (const make of kinds) {
    const { run } = await openPlace(t, "state", (at) => {
      writeFileSync(join(at, "note"), "SECRET");
      make(join(at, ".git"));
    });
    assert.equal(await run("cat ../note ../.git ../.git/* 2>/dev/null; ls -A .."), "app\n");
  }
});

test("files with secrets beside and above the folder are concealed where the repository is visible", async (t) => {
  // What is below /tmp is not seen at all.
  const visible = ["/opt", "/var/lib"].find((folder) => isWritable(folder));
  if (visible === undefined) return t.skip("there is no folder to write that commands see");
  const top = mkdtempSync(join(visible, "enclosing-test-"));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  const repository = join(top, "repository");
  const root = join(repository, "packages/app");
  mkdirSync(root, { recursive: true });
  mkdirSync(join(repository, "app"));
  writeFileSync(join(repository, "packages/.env.shared"), "tracked\n");
  initialise(repository);
  execFileSync("git", ["add", "packages/.env.shared"], { cwd: repository });
  for (const name of [".env", "packages/.env.local", "README"])
    writeFileSync(join(repository, name), `SECRET ${name}\n`);
  const workspace = await openWorkspace({ root, stateDir: join(top, "state"), threadId: "test" });
  t.after(() => workspace.close());
  const script = "cat ../../README ../../.env ../.env.local ../.env.shared; echo x >> ../.env.local";
  for (const readOnly of [false, true]) {
    const started = await workspace.start({ script, cwd: root, policy: policyOf(), readOnly });
    assert.ok(started.ok);
    let output = "";
    started.command.onOutput((chunk) => {
      output += Buffer.from(chunk).toString();
    });
    await started.command.exited;
    assert.equal(output.split("/bin/bash")[0], "SECRET README\ntracked\n");
  }
});
