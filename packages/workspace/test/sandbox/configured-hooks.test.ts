import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { openTestWorkspace, policyOf } from "./test-workspace.ts";

type Place = { readonly root: string; readonly home: string };

const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

const append = (path: string, text: string): void =>
  write(path, `${existsSync(path) ? readFileSync(path, "utf8") : ""}${text}`);

const program = (proof: string): string => `#!/bin/sh\ntouch ${proof}\n`;

type Case = {
  readonly name: string;
  /** What the user has configured. */
  readonly prepare: (at: Place) => void;
  /** The hook that their git then runs, below the root. */
  readonly hook: string;
  /** What a command writes to have that; the hook itself if not given. */
  readonly plant?: { readonly path: string; readonly text: (at: Place) => string };
  /** Where they commit, if not in the root. */
  readonly repository?: string;
  readonly branch?: string;
};

const localConfig = (text: string) => (at: Place) => append(join(at.root, ".git/config"), text);
const globalConfig = (text: string) => (at: Place) => append(join(at.home, ".gitconfig"), text);
const nested = ({ root }: Place): void => {
  mkdirSync(join(root, "sub"));
  git(join(root, "sub"), "init", "-q");
};

/** Makes the root a linked worktree of a repository outside, whose `.git` is mounted writable. */
const linkedTo = (at: Place, text: string): string => {
  const main = join(at.root, "../outside/main");
  mkdirSync(main);
  git(main, "init", "-q");
  git(main, "commit", "--allow-empty", "-qm", "first");
  rmSync(join(at.root, ".git"), { recursive: true });
  git(main, "worktree", "add", "-q", at.root);
  append(join(main, ".git/config"), text.replace("MAIN", main));
  return main;
};

const cases: readonly Case[] = [
  { name: "on the section's line", prepare: localConfig("[core] hooksPath = .h\n"), hook: ".h/pre-commit" },
  {
    name: "set twice",
    prepare: localConfig("[core]\n\thooksPath = one\n[core]\n\thooksPath = two\n"),
    hook: "two/pre-commit",
  },
  {
    name: "quoted, with a comment and a line that goes on",
    prepare: localConfig('[core]\n\thooksPath = "my \\\nhooks" # x\n'),
    hook: "my hooks/pre-commit",
  },
  {
    name: "below the home folder",
    prepare: (at) => {
      symlinkSync("../project", join(at.home, "link"));
      globalConfig("[core]\n\thooksPath = ~/link/.h\n")(at);
    },
    hook: ".h/pre-commit",
  },
  {
    name: "in config.worktree",
    prepare: (at) => {
      git(at.root, "config", "extensions.worktreeConfig", "true");
      git(at.root, "config", "--worktree", "core.hooksPath", ".h");
    },
    hook: ".h/pre-commit",
  },
  {
    name: "in a file that the user's configuration includes",
    prepare: (at) => {
      write(join(at.home, "more"), "[core]\n\thooksPath = .h\n");
      globalConfig("[include]\n\tpath = more\n")(at);
    },
    hook: ".h/pre-commit",
  },
  {
    name: "in a file included under a condition that a command can fulfil",
    prepare: (at) => {
      write(join(at.home, "more"), "[core]\n\thooksPath = .h\n");
      globalConfig('[includeIf "onbranch:other"]\n\tpath = more\n')(at);
    },
    branch: "other",
    hook: ".h/pre-commit",
  },
  {
    name: "in the user's environment",
    prepare: () => {
      process.env.GIT_CONFIG_COUNT = "1";
      process.env.GIT_CONFIG_KEY_0 = "core.hooksPath";
      process.env.GIT_CONFIG_VALUE_0 = ".h";
    },
    hook: ".h/pre-commit",
  },
  {
    name: "the user's own, relative, in a nested repository",
    prepare: (at) => {
      globalConfig("[core]\n\thooksPath = .h\n")(at);
      nested(at);
    },
    repository: "sub",
    hook: "sub/.h/pre-commit",
  },
  {
    name: "a nested repository's own",
    prepare: (at) => {
      nested(at);
      git(join(at.root, "sub"), "config", "core.hooksPath", ".h");
    },
    repository: "sub",
    hook: "sub/.h/pre-commit",
  },
  {
    name: "a folder below one that is not there either",
    prepare: localConfig("[core]\n\thooksPath = a/b/c\n"),
    hook: "a/b/c/pre-commit",
  },
  {
    name: "a linked worktree: in the repository's folder outside",
    prepare: (at) => {
      write(join(linkedTo(at, "[core]\n\thooksPath = MAIN/.git/own/hooks\n"), ".git/own/hooks/README"), "");
    },
    hook: "../outside/main/.git/own/hooks/pre-commit",
  },
  {
    name: "a linked worktree: in the repository's folder outside, where nothing is",
    prepare: (at) => {
      linkedTo(at, "[core]\n\thooksPath = MAIN/.git/own/hooks\n");
    },
    hook: "../outside/main/.git/own/hooks/pre-commit",
  },
  {
    name: "a linked worktree: a file that the repository outside includes",
    prepare: (at) => {
      linkedTo(at, "[include]\n\tpath = more\n");
    },
    plant: { path: "../outside/main/.git/more", text: ({ root }) => `[core]\n\thooksPath = ${root}/x\n` },
    hook: "x/pre-commit",
  },
  {
    name: "git's own folder",
    prepare: localConfig("[core]\n\thooksPath = .git\n"),
    hook: ".git/pre-commit",
  },
  {
    name: "husky in a subfolder: what its hooks run",
    prepare: (at) => {
      localConfig("[core]\n\thooksPath = web/.husky/_\n")(at);
      write(join(at.root, "web/.husky/_/pre-commit"), '#!/bin/sh\nsh "$(dirname "$0")/../pre-commit"\n');
      chmodSync(join(at.root, "web/.husky/_/pre-commit"), 0o755);
      write(join(at.root, "web/.husky/pre-commit"), "true\n");
    },
    hook: "web/.husky/pre-commit",
  },
  {
    name: "a file of the project that the repository includes, and that is there",
    prepare: (at) => {
      localConfig("[include]\n\tpath = ../.gitconfig\n")(at);
      write(join(at.root, ".gitconfig"), "[pull]\n\trebase = true\n");
    },
    plant: { path: ".gitconfig", text: ({ root }) => `[core]\n\thooksPath = ${root}/x\n` },
    hook: "x/pre-commit",
  },
  {
    name: "a file of the project that the repository includes, and that is not there",
    prepare: localConfig("[include]\n\tpath = ../.gitconfig\n"),
    plant: { path: ".gitconfig", text: ({ root }) => `[core]\n\thooksPath = ${root}/x\n` },
    hook: "x/pre-commit",
  },
  {
    name: "a file of the project that the user includes under a condition, in a folder that is not there",
    prepare: (at) => globalConfig(`[includeIf "gitdir:${at.root}/"]\n\tpath = ../project/conf/git\n`)(at),
    plant: { path: "conf/git", text: ({ root }) => `[core]\n\thooksPath = ${root}/x\n` },
    hook: "x/pre-commit",
  },
  {
    name: "the user's own configuration, which lies in the project",
    prepare: (at) => {
      write(join(at.root, "dot/gitconfig"), "[pull]\n\trebase = true\n");
      symlinkSync("../project/dot/gitconfig", join(at.home, ".gitconfig"));
    },
    plant: { path: "dot/gitconfig", text: ({ root }) => `[core]\n\thooksPath = ${root}/x\n` },
    hook: "x/pre-commit",
  },
];

/** The plain way, and after moving away or removing what is on the way, but for git's own folder. */
const planting = (paths: readonly (readonly [string, string])[]): string =>
  paths
    .flatMap(([path, text]) => {
      const folders = [dirname(path), path.startsWith("../") ? "" : (path.split("/")[0] ?? "")];
      const plant = `mkdir -p "$(dirname '${path}')"; rm -rf '${path}'; printf '%s' '${text}' > '${path}'; chmod +x '${path}'`;
      const moves = folders.filter((folder) => folder !== "" && !folder.endsWith(".git"));
      return [plant, ...moves.map((folder, index) => `mv '${folder}' away${index}; ${plant}`)];
    })
    .join("\n");

for (const { name, prepare, hook, plant, repository = ".", branch } of cases) {
  test(`hooks and settings of the user's in the folder cannot be planted: ${name}`, async (t) => {
    let home = "";
    t.after(() => {
      for (const variable of ["COUNT", "KEY_0", "VALUE_0"]) delete process.env[`GIT_CONFIG_${variable}`];
    });
    const { workspace, root, outside, run } = await openTestWorkspace(t, (at, homeAt) => {
      home = homeAt;
      git(at, "init", "-q", "-b", "main");
      git(at, "commit", "--allow-empty", "-qm", "first");
      prepare({ root: at, home });
    });
    const at = { root, home };
    const proof = join(outside, "proof");
    const commit = (): unknown => git(join(root, repository), "commit", "--allow-empty", "-qm", "the user's");
    await run(
      planting([...(plant ? [[plant.path, plant.text(at)] as const] : []), [hook, program(proof)]]) +
        (branch ? `\ngit switch -qc ${branch}` : ""),
    );
    await workspace.close();
    commit();
    assert.equal(existsSync(proof), false, "the hook of a command's ran");
    // It is really there that git looks: the user's own hook runs.
    for (const [path, text] of [
      ...(plant ? [[plant.path, plant.text(at)] as const] : []),
      [hook, program(proof)] as const,
    ]) {
      write(join(root, path), text);
    }
    chmodSync(join(root, hook), 0o755);
    commit();
    assert.equal(existsSync(proof), true);
  });
}

test("what commands could exchange for other hooks is refused, with what to do", async (t) => {
  const message = async (hooksPath: string): Promise<string> => {
    const { run } = await openTestWorkspace(t, (at) => {
      git(at, "init", "-q");
      git(at, "config", "core.hooksPath", hooksPath);
      mkdirSync(join(at, "real/hooks"), { recursive: true });
      symlinkSync("real", join(at, "link"));
    });
    return run("true").then(
      ({ code }) => `exit ${code}`,
      (error: Error) => error.message,
    );
  };
  assert.match(await message("link/hooks"), /link is a symbolic link.* Replace it by what it points to/);
  assert.match(
    await message("."),
    /looks for hooks in .* itself \(core\.hooksPath\).* Give hooks a folder of their own/,
  );
  for (const fine of ["real/hooks", "/dev/null", "../elsewhere", "~/hooks", "~nobody/hooks"]) {
    assert.equal(await message(fine), "exit 0", fine);
  }
});

test("a setting that is changed between two commands counts for the second", async (t) => {
  const { root, run } = await openTestWorkspace(t, (at) => {
    git(at, "init", "-q");
    git(at, "config", "core.hooksPath", "one");
  });
  await run("mkdir -p two; echo evil > two/pre-commit");
  git(root, "config", "core.hooksPath", "two");
  const { output } = await run("mkdir -p one; echo 1 > one/x; echo evil > two/pre-push || echo refused");
  assert.match(output, /two\/pre-push: Read-only file system\nrefused/);
  assert.equal(readFileSync(join(root, "one/x"), "utf8"), "1\n");
});

test("where git looks when somebody pushes to here, which is in its own folder", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t, (at) => {
    git(at, "init", "-q");
    git(at, "commit", "--allow-empty", "-qm", "first");
    git(at, "config", "core.hooksPath", ".husky/_");
    git(at, "clone", "-q", at, "../outside/clone");
  });
  const proof = join(outside, "proof");
  const hook = ".git/.husky/_/pre-receive";
  const push = (branch: string): unknown => git(join(outside, "clone"), "push", "-q", "origin", `HEAD:${branch}`);
  await run(planting([[hook, program(proof)]]));
  push("refs/heads/one");
  assert.equal(existsSync(proof), false);
  write(join(root, hook), program(proof));
  chmodSync(join(root, hook), 0o755);
  push("refs/heads/two");
  assert.equal(existsSync(proof), true);
});

test("a repository above the folder names hooks in it", async (t) => {
  const { root, run } = await openTestWorkspace(t, (at, home) => {
    const top = dirname(at);
    assert.equal(dirname(home), top);
    git(top, "init", "-q");
    git(top, "config", "core.hooksPath", "project/.h");
  });
  await run("mkdir -p .h; rmdir .h; mkdir -p .h; echo evil > .h/pre-commit");
  assert.equal(existsSync(join(root, ".h/pre-commit")), false);
});

test("with hooks in the folder work goes on: a commit runs them inside, other files change", async (t) => {
  const { root, run } = await openTestWorkspace(t, (at) => {
    git(at, "init", "-q");
    git(at, "config", "core.hooksPath", ".husky/_");
    write(join(at, ".husky/_/pre-commit"), "#!/bin/sh\necho ran > hook-ran\n");
    chmodSync(join(at, ".husky/_/pre-commit"), 0o755);
  });
  const { code } = await run(
    "git config user.name; echo 1 > file && git add file && git -c user.name=A -c user.email=a@example.org commit -qm inside",
  );
  assert.equal(code, 0);
  assert.equal(readFileSync(join(root, "hook-ran"), "utf8"), "ran\n");
});

test("a patch does not change what git's settings name either, but for full access", async (t) => {
  const { workspace, root } = await openTestWorkspace(t, (at, home) => {
    git(at, "init", "-q");
    localConfig("[core]\n\thooksPath = .h\n[include]\n\tpath = ../l/more\n")({ root: at, home });
    write(join(at, "real/more"), "");
    symlinkSync("real", join(at, "l"));
  });
  const add = (path: string): string => `*** Begin Patch\n*** Add File: ${path}\n+x\n*** End Patch\n`;
  for (const path of [".h/pre-commit", "real/more", "l/more"]) {
    const outcome = await workspace.applyPatch(add(path), root, policyOf());
    assert.match(outcome.ok ? "" : outcome.message, /git's settings have git use what lies there/, path);
  }
  assert.equal((await workspace.applyPatch(add("real/other"), root, policyOf())).ok, true);
  const free = policyOf({ mode: "danger-full-access" });
  assert.equal((await workspace.applyPatch(add(".h/pre-commit"), root, free)).ok, true);
});
