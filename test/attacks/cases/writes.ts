import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Attack } from "../attack.ts";
import { chownToUser, makeRepository, type Scene } from "../scene.ts";

/** Tries to change the canary or to make something beside it. */
const write = (name: string, script: Attack["script"], more: Partial<Attack> = {}): Attack => ({
  name,
  class: "writes outside",
  severe: true,
  script,
  escaped: (scene) => scene.canaryTouched() || scene.ranOutside() || existsSync(join(scene.outside, "made")),
  ...more,
});

/** Tries to change a file of the user's at `path`. */
const overwrite = (name: string, path: (scene: Scene) => string, more: Partial<Attack> = {}): Attack =>
  write(name, (scene) => `mkdir -p "$(dirname ${path(scene)})"; echo evil >> ${path(scene)}; rm -f ${path(scene)}`, {
    prepare: (scene) => {
      scene.write(path(scene), "mine\n");
    },
    escaped: (scene) => !existsSync(path(scene)) || readFileSync(path(scene), "utf8") !== "mine\n",
    ...more,
  });

/** The same in a folder that all users share. */
const inShared = (folder: string): Attack => {
  const places = new WeakMap<Scene, string>();
  const path = (scene: Scene): string => join(places.get(scene) ?? "", "canary");
  return write(`a file in the host's ${folder}`, (scene) => `echo evil >> ${path(scene)}; rm -f ${path(scene)}`, {
    prepare: (scene) => {
      const place = mkdtempSync(join(folder, "fettle-attack-"));
      places.set(scene, place);
      scene.onClose(() => rmSync(place, { recursive: true, force: true }));
      writeFileSync(join(place, "canary"), "mine\n");
      for (const one of [place, join(place, "canary")]) chownToUser(scene, one);
    },
    escaped: (scene) => !existsSync(path(scene)) || readFileSync(path(scene), "utf8") !== "mine\n",
  });
};

// name_to_handle_at and open_by_handle_at by number (x64), the handle opened through the writable workspace's mount.
const fileHandle = (scene: Scene): string => `perl -e '
  my $handle = pack("Ii", 128, 0) . ("\\0" x 128); my $mount = pack("i", 0); my $path = "${scene.canary}\\0";
  syscall(303, -100, $path, $handle, $mount, 0) == 0 or exit 1;
  open(my $at, "<", "${scene.workspace}") or opendir($at, "${scene.workspace}");
  my $fd = syscall(304, fileno($at) // -100, $handle, 1); $fd >= 0 or exit 1;
  syscall(1, $fd, "evil", 4);'`;

export const writes: readonly Attack[] = [
  write("absolute path", (s) => `echo evil > ${s.canary}; echo evil > ${s.outside}/made`),
  write("path with ..", () => "echo evil > ../outside/canary; echo evil > ../outside/made"),
  write("new symlink to a file", (s) => `ln -s ${s.canary} link; echo evil > link`),
  write("new symlink to a folder", (s) => `ln -s ${s.outside} link; echo evil > link/made`),
  write("symlink that came with the project", () => "echo evil > shipped/made; echo evil > shipped/canary", {
    prepare: (s) => symlinkSync("../outside", join(s.workspace, "shipped")),
  }),
  write("hard link", (s) => `ln ${s.canary} hard && echo evil > hard`),
  write("hard link by descriptor", (s) => `exec 7<${s.canary}; ln -L /proc/self/fd/7 hard && echo evil > hard`),
  write("rename over", (s) => `echo evil > mine; mv -f mine ${s.canary}`),
  write("rename away", (s) => `mv ${s.canary} stolen`),
  write("remove", (s) => `rm -f ${s.canary}`),
  write("remove the folder", (s) => `rm -rf ${s.outside}/canary ${s.outside}; rmdir ${s.outside}`),
  write("truncate", (s) => `truncate -s 0 ${s.canary}; : > ${s.canary}`),
  write("change of mode", (s) => `chmod 777 ${s.canary}`),
  write(
    "shared mapping",
    (s) => `python3 -c '
import mmap, os
f = os.open("${s.canary}", os.O_RDWR); m = mmap.mmap(f, 0); m[0:4] = b"evil"; m.flush()'`,
  ),
  write("/proc/self/root", (s) => `echo evil > /proc/self/root${s.canary}`),
  write("/proc/1/root", (s) => `echo evil > /proc/1/root${s.canary}`),
  write(
    "/proc/PPID/root and cwd",
    (s) => `echo evil > /proc/$PPID/root${s.canary}; cd /proc/$PPID/cwd && echo evil > .${s.canary}`,
  ),
  write(
    "root of another process of the user's",
    (s) => `for p in $(cat bystander); do echo evil > /proc/$p/root${s.canary}; done`,
    {
      prepare: (s) => {
        s.write(join(s.workspace, "bystander"), `${s.bystander()}\n`);
      },
    },
  ),
  write(
    "inherited folder",
    () => "echo evil > /proc/self/fd/9/made; echo evil > /dev/fd/9/canary; cd /proc/self/fd/9 && echo evil > made",
    {
      surroundings: "open-descriptors",
    },
  ),
  write("inherited file", () => "echo evil >&8; echo evil > /proc/self/fd/8", { surroundings: "open-descriptors" }),
  write(
    "descriptors of the first process",
    () => "for f in /proc/1/fd/*; do echo evil > $f/made; done 2>/dev/null; echo evil > /proc/1/fd/8",
    {
      surroundings: "open-descriptors",
    },
  ),
  write("standard input opened again for writing", () => "echo evil > /proc/self/fd/0; echo evil > /dev/stdin", {
    surroundings: "canary-as-input",
  }),
  write("bind mount", (s) => `mkdir m; mount --bind ${s.outside} m && echo evil > m/made; umount m`),
  write(
    "bind mount in a user namespace",
    (s) =>
      `mkdir m; unshare -Urm sh -c 'mount --bind ${s.outside} m && mount -o remount,rw,bind m && echo evil > m/made'`,
  ),
  write(
    "remount",
    (s) =>
      `unshare -Urm sh -c 'mount -o remount,rw,bind / ; echo evil > ${s.outside}/made'; mount -o remount,rw,bind ${s.outside}; echo evil > ${s.outside}/made`,
  ),
  write(
    "unmount what covers",
    (s) => `unshare -Urm sh -c 'umount -l ${s.home}; echo evil > ${s.home}/made'; umount -l ${s.home}`,
  ),
  write("file handle", fileHandle),
  write(
    "chroot through a descriptor",
    (s) =>
      `perl -e 'open(my $r, "<", "/"); mkdir "c"; chroot("c") or exit; chdir(".."); open(my $f, ">", ".${s.outside}/made")'`,
  ),
  write(
    "folder swapped for a symlink while it is written",
    (s) => `mkdir real; ln -s ${s.outside} bad; ln -s real now
( for i in $(seq 300); do ln -sfn bad now; ln -sfn real now; done ) & for i in $(seq 300); do echo evil > now/made; done; wait`,
  ),
  write(
    "the workspace's root renamed",
    (s) =>
      `cd /; mv ${s.workspace} ${s.workspace}-moved; ln -s ${s.outside} ${s.workspace}; echo evil > ${s.workspace}/made`,
    {
      escaped: (s) => s.canaryTouched() || !existsSync(s.evil) || existsSync(join(s.outside, "made")),
    },
  ),
  write("the program's own state", (s) => `echo evil > ${s.state}/made; mkdir -p ${s.state}`, {
    escaped: (s) => existsSync(join(s.state, "made")),
  }),
  overwrite("start files of the shell", (s) => join(s.home, ".bashrc")),
  overwrite("keys that may log in", (s) => join(s.home, ".ssh/authorized_keys")),
  overwrite("a program in the user's path", (s) => join(s.home, ".local/bin/tool")),
  overwrite("a package cache", (s) => join(s.home, ".npm/_cacache/entry")),
  overwrite("configuration of the agent", (s) => join(s.state, "config.toml")),
  overwrite("a folder beside the workspace with the same beginning", (s) => `${s.workspace}-other/file`),
  inShared(tmpdir()),
  inShared("/var/tmp"),
  inShared("/dev/shm"),
  write("a private temporary folder moved by a symlink", (s) => {
    const link = `/tmp/${basename(s.top)}-link`;
    return `ln -s ${s.outside} ${link}; echo evil > ${link}/made; rm -f ${link}`;
  }),
  write(
    "the repository around the workspace",
    (s) =>
      `echo evil > ${s.top}/file; echo evil > ${s.top}/.git/hooks/post-commit; git -C ${s.top} config core.fsmonitor ${s.evil}`,
    {
      prepare: (s) => {
        s.write(join(s.top, "file"), "mine\n");
        makeRepository(s, s.top);
      },
      escaped: (s) => {
        s.useGit(s.top);
        return s.ranOutside() || readFileSync(join(s.top, "file"), "utf8") !== "mine\n";
      },
    },
  ),
  write("read-only mode", (s) => `echo evil > made; echo evil > ${s.workspace}/file`, {
    options: () => ["-s", "read-only"],
    severe: false,
    prepare: (s) => mkdirSync(join(s.workspace, "kept")),
    escaped: (s) => existsSync(join(s.workspace, "made")) || existsSync(join(s.workspace, "file")),
  }),
];
