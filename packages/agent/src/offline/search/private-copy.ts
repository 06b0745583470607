import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** A copy of the project in the temporary folder, in which one file at a time can be changed. */
export type PrivateCopy = {
  readonly root: string;
  /** Gives a file other content, and every file changed before its own again. */
  change(file: string, text: string): void;
  remove(): void;
};

/** Copies the tree below `root`; dependencies are linked, version control is left out. Throws when the disk does not allow it. */
export function createPrivateCopy(root: string): PrivateCopy {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "fettle-search-"));
  const target = path.join(folder, path.basename(root));
  fs.cpSync(root, target, {
    recursive: true,
    mode: fs.constants.COPYFILE_FICLONE,
    verbatimSymlinks: true,
    filter: (source) =>
      !/(^|\/)(node_modules|\.git|\.nyc_output|coverage|__pycache__)$/.test(source.slice(root.length)),
  });
  if (fs.existsSync(path.join(root, "node_modules"))) {
    fs.symlinkSync(path.join(root, "node_modules"), path.join(target, "node_modules"), "dir");
  }
  let changed: { file: string; original: string } | undefined;
  return {
    root: target,
    change(file, text) {
      if (changed !== undefined) fs.writeFileSync(changed.file, changed.original);
      const copied = path.join(target, path.relative(root, file));
      changed = { file: copied, original: fs.readFileSync(copied, "utf8") };
      fs.writeFileSync(copied, text);
    },
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}
