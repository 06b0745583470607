import { closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { type Attack, reached, saysReached } from "../attack.ts";
import type { Scene } from "../scene.ts";

const resources = (name: string, script: Attack["script"], more: Partial<Attack>): Attack => ({
  name,
  class: "resources",
  severe: false,
  script,
  escaped: saysReached,
  ...more,
});

/** True while some process has the pipe open for writing: what should have ended has not. */
const hasWriter = (path: string): boolean => {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return readSync(descriptor, new Uint8Array(1)) > 0;
  } catch {
    return true;
  } finally {
    closeSync(descriptor);
  }
};

/** Leaves a process behind that holds a pipe open for a few seconds, told by `detach`. */
const survivor = (name: string, detach: (command: string) => string): Attack =>
  resources(name, () => detach("exec 7<>life; exec sleep 5"), {
    severe: true,
    prepare: (s) => {
      s.host(["mkfifo", join(s.workspace, "life")]);
    },
    escaped: (s) => hasWriter(join(s.workspace, "life")),
  });

const bystanders = new WeakMap<Scene, number>();
const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZXT]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

const onBystander = (name: string, script: (pid: number) => string): Attack =>
  resources(name, (s) => script(bystanders.get(s) ?? 0), {
    severe: true,
    prepare: (s) => {
      bystanders.set(s, s.bystander());
    },
    escaped: (s) => !isAlive(bystanders.get(s) ?? 0),
  });

/** The kernel does not count root's processes, so these are really made; each waits for the end of the first. */
const manyProcesses = `perl -e 'pipe(my $r, my $w); for (1 .. 4200) { my $p = fork; exit if !defined $p; if (!$p) { close $w; sysread($r, my $b, 1); exit } } print "${reached}"'`;

export const resourceAttacks: readonly Attack[] = [
  survivor("a process in a session of its own", (c) => `setsid sh -c '${c}' >/dev/null 2>&1 </dev/null & sleep 0.2`),
  survivor(
    "a process detached by a double fork",
    (c) =>
      `perl -e 'use POSIX; fork and exit; POSIX::setsid(); fork and exit; close STDIN; close STDOUT; close STDERR; exec "sh", "-c", "${c}"'; sleep 0.2`,
  ),
  survivor("a process that ignores signals", (c) => `( trap '' HUP INT TERM QUIT; ${c} ) >/dev/null 2>&1 & sleep 0.2`),
  onBystander("a process of the user's killed", (pid) => `kill -9 ${pid}`),
  onBystander(
    "a process of the user's stopped",
    (pid) => `kill -STOP ${pid}; perl -e 'my $f = syscall(434, ${pid}, 0); syscall(424, $f, 19, 0, 0)'`,
  ),
  resources("core files", () => `[ "$(ulimit -c)" = 0 ] || echo ${reached}`, {}),
  resources("file size", () => `[ "$(ulimit -f)" = unlimited ] && echo ${reached}; true`, {}),
  resources(
    "memory",
    () => `[ "$(ulimit -d)" = unlimited ] && [ "$(ulimit -v)" = unlimited ] && echo ${reached}; true`,
    {},
  ),
  resources(
    "number of processes",
    (s) => (s.user === "root" ? manyProcesses : `[ "$(ulimit -u)" = unlimited ] && echo ${reached}; true`),
    {},
  ),
];

export const terminalAttacks: readonly Attack[] = [
  {
    name: "typing into the user's terminal",
    class: "terminal",
    severe: true,
    surroundings: "terminal",
    script: () =>
      `perl -e 'for my $f (0, 1, 2) { open(my $t, "+<&=", $f); for my $c (split //, "INJECTED\\n") { ioctl($t, 0x5412, $c) } }'; perl -e 'open(my $t, "+<", "/dev/tty") or exit; for my $c (split //, "INJECTED\\n") { ioctl($t, 0x5412, $c) }'`,
    escaped: (_s, ran) => /TYPED:INJECTED/.test(ran.output),
  },
  {
    name: "the user's terminal opened by its name",
    class: "terminal",
    severe: true,
    surroundings: "terminal",
    script: () =>
      `t=$(cat terminal); [ -n "$t" ] && (exec 9<>$t) 2>/dev/null && [ "$(stat -c %d:%i $t)" = "$(cat terminal-inode)" ] && echo ${reached}; true`,
    // The shell that starts the sandbox writes down which terminal it has.
    escaped: saysReached,
  },
];
