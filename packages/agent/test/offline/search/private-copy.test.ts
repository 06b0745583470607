import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { createPrivateCopy, type PrivateCopy } from "../../../src/offline/search/private-copy.ts";
import { createProject } from "./project.ts";

const files = { "a.js": "a", "lib/b.js": "b", "lib/deep/c.js": "c", "data/d.txt": "d" };

function copyOf(t: TestContext, root: string): PrivateCopy {
  const copy = createPrivateCopy(root);
  assert.ok(copy !== undefined);
  t.after(copy.remove);
  return copy;
}

/** The files below a folder, without following links. */
const contents = (root: string, folder = ""): Record<string, string> =>
  Object.fromEntries(
    fs.readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const name = join(folder, entry.name);
      if (entry.isDirectory()) return Object.entries(contents(root, name));
      return entry.isFile() ? [[name, fs.readFileSync(join(root, name), "utf8")]] : [];
    }),
  );

test("links in the tree lead into the copy, the packages of the repository among the dependencies too", (t) => {
  const root = createProject(t, { ...files, "packages/own/index.js": "own", "node_modules/dep/index.js": "dep" });
  fs.symlinkSync(join(root, "data"), join(root, "absolute"));
  fs.symlinkSync("../a.js", join(root, "lib/relative.js"));
  fs.symlinkSync("../packages/own", join(root, "node_modules/own"));
  const copy = copyOf(t, root);
  for (const name of ["absolute", "lib/relative.js", "node_modules/own"])
    assert.ok(fs.realpathSync(join(copy.root, name)).startsWith(`${copy.root}/`), name);
  assert.equal(fs.realpathSync(join(copy.root, "node_modules/dep")), join(root, "node_modules/dep"));
  fs.rmSync(join(copy.root, "node_modules"), { recursive: true });
  assert.equal(fs.readFileSync(join(root, "node_modules/dep/index.js"), "utf8"), "dep");
  copy.restore();
  assert.equal(fs.readFileSync(join(copy.root, "node_modules/dep/index.js"), "utf8"), "dep");
});

test("a changed file is itself again after a restore, and no damage", (t) => {
  const copy = copyOf(t, createProject(t, files));
  copy.change(join(copy.root, "a.js"), "changed");
  assert.deepEqual(copy.restore(), { created: [], altered: [] });
  copy.change(join(copy.root, "a.js"), "changed");
  copy.change(join(copy.root, "lib/b.js"), "changed too");
  assert.equal(fs.readFileSync(join(copy.root, "a.js"), "utf8"), "a");
  assert.deepEqual(copy.restore(), { created: [], altered: [] });
  assert.deepEqual(contents(copy.root), files);
});

test("says what it could not put back, instead of mixing two states of the project", (t) => {
  const root = createProject(t, files);
  const copy = copyOf(t, root);
  fs.writeFileSync(join(root, "a.js"), "the user goes on");
  assert.deepEqual(copy.restore(), { created: [], altered: [] });
  fs.rmSync(join(copy.root, "a.js"));
  assert.throws(() => copy.restore(), /changed during the search: a\.js/);
});

const place = fc.constantFrom("a.js", "lib/b.js", "lib", "lib/deep", "lib/deep/c.js", "data", "data/d.txt", "new", "");
/* Not "close": a change of mode would go through a link to what lies outside. */
const damage = fc.record({ place, act: fc.constantFrom("remove", "write", "folder", "link") });

test("whatever is done to the files of a copy, a restore makes them what they were", (t) => {
  const root = createProject(t, files);
  const copy = copyOf(t, root);
  /* Links lead to a folder made for this test alone. */
  const outside = createProject(t, { "lib/b.js": "outside", "data/d.txt": "outside", "kept.txt": "outside" });
  const acts: Record<string, (file: string) => void> = {
    remove: (file) => fs.rmSync(file, { recursive: true, force: true }),
    write: (file) => fs.writeFileSync(file, "damage"),
    folder: (file) => fs.mkdirSync(join(file, "more"), { recursive: true }),
    link: (file) => fs.symlinkSync(outside, file),
  };
  fc.assert(
    fc.property(fc.array(damage, { maxLength: 6 }), (list) => {
      for (const item of list) {
        try {
          acts[item.act]?.(join(copy.root, item.place));
        } catch {
          /* Not possible any more after what was done before. */
        }
      }
      const before = contents(outside);
      copy.restore();
      assert.deepEqual(contents(outside), before);
      assert.ok(fs.lstatSync(copy.root).isDirectory());
      assert.deepEqual(contents(copy.root), files);
      assert.deepEqual(copy.restore(), { created: [], altered: [] });
      assert.deepEqual(contents(root), files);
    }),
    { numRuns: 150 },
  );
});

for (const name of ["", "lib", "lib/deep", "a.js"]) {
  test(`a link in the place of ${name || "the copy itself"} is replaced, and not followed`, (t) => {
    const copy = copyOf(t, createProject(t, files));
    const kept = { "b.js": "outside", "c.js": "outside", "lib/b.js": "outside", "kept.txt": "outside" };
    const outside = createProject(t, kept);
    copy.change(join(copy.root, "lib/b.js"), "changed");
    fs.rmSync(join(copy.root, name), { recursive: true });
    fs.symlinkSync(outside, join(copy.root, name));
    copy.restore();
    assert.deepEqual(contents(outside), kept);
    assert.deepEqual(contents(copy.root), files);
  });
}

test("a link in the place of the folder around the copy ends the search", (t) => {
  const copy = copyOf(t, createProject(t, files));
  const outside = createProject(t, { "kept.txt": "outside" });
  const around = join(copy.root, "..");
  fs.renameSync(around, `${around}-moved`);
  fs.symlinkSync(outside, around);
  assert.throws(() => copy.restore(), /replaced the folder/);
  assert.deepEqual(contents(outside), { "kept.txt": "outside" });
});
