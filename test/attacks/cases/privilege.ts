import { type Attack, reached, saysReached } from "../attack.ts";

const privilege = (name: string, script: string, more: Partial<Attack> = {}): Attack => ({
  name,
  class: "privilege",
  severe: true,
  script: () => script,
  escaped: saysReached,
  ...more,
});

/**
 * A system call with arguments that do nothing even where it is allowed: it gets through unless it answers that it is
 * not permitted or does not exist.
 */
const call = (name: string, number: number, args: string, more: Partial<Attack> = {}): Attack =>
  privilege(
    name,
    `perl -e 'my $z = "\\0" x 256; my $none = "/nonexistent-fettle\\0"; my $r = syscall(${number}, ${args}); print "${reached}" if $r >= 0 || ($! != 1 && $! != 38 && $! != 13 && $! != 97);'`,
    more,
  );

export const privilegeAttacks: readonly Attack[] = [
  call("mount", 165, "$none, $none, $none, 0, 0"),
  call("move_mount", 429, "-1, $none, -1, $none, 0"),
  call("open_tree", 428, "-100, $none, 1"),
  call("fsopen", 430, "$none, 0"),
  call("umount2", 166, "$none, 0"),
  call("pivot_root", 155, "$none, $none"),
  call("chroot", 161, "$none"),
  call("setns", 308, "-1, 0"),
  call("unshare of users", 272, "0x10000000"),
  call("unshare of mounts", 272, "0x00020000"),
  call("clone of users", 56, "0x10000011, 0, 0, 0, 0", { severe: true }),
  call("clone3", 435, "$z, 88"),
  call("ptrace", 101, "0, 0, 0, 0"),
  call("process_vm_readv", 310, "$$, $z, 1, $z, 1, 0"),
  call("pidfd_getfd", 438, "-1, 0, 0"),
  call("kcmp", 312, "$$, $$, 0, 0, 0", { severe: false }),
  call("bpf", 321, "0, $z, 8"),
  call("perf_event_open", 298, "$z, 0, -1, -1, 0"),
  call("userfaultfd", 323, "0x7fffff00"),
  call("io_uring_setup", 425, "0, $z"),
  call("init_module", 175, "0, 0, $z"),
  call("kexec_load", 246, "0, 99, 0, 0"),
  call("swapon", 167, "$none, 0"),
  call("acct", 163, "$none"),
  call("sethostname", 170, "$z, -1", { severe: false }),
  call("kernel messages", 103, "10, 0, 0", { severe: false }),
  call("keyctl", 250, "0, -4, 0", { severe: false }),
  call("fanotify_init", 300, "0, 0"),
  call("open_by_handle_at", 304, "-1, $z, 0"),
  privilege(
    "the other numbering of system calls",
    `perl -e 'my $r = syscall(0x40000000 + 39); print "${reached}" if $r > 0'`,
    { severe: false },
  ),
  privilege("a device made anew", `mknod d c 1 3 && echo x > d && echo ${reached}; rm -f d`),
  privilege(
    "disks of the machine",
    `for d in /dev/vda /dev/sda /dev/nvme0n1 /dev/mem /dev/kvm /dev/fuse /dev/net/tun; do [ -e $d ] && (exec 9<>$d) 2>/dev/null && echo ${reached}; done`,
  ),
  privilege(
    "settings of the kernel",
    `for f in kernel/core_pattern kernel/modprobe vm/overcommit_memory; do (exec 9>>/proc/sys/$f) 2>/dev/null && echo ${reached}; done; (exec 9>>/proc/sysrq-trigger) 2>/dev/null && echo ${reached}`,
  ),
  privilege(
    "settings below /sys",
    `for f in /sys/kernel/uevent_helper /sys/power/state /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/pids/cgroup.procs; do (exec 9>>$f) 2>/dev/null && echo ${reached}; done`,
  ),
  privilege(
    "programs that change the user",
    `s=$(grep NoNewPrivs /proc/self/status); case "$s" in *1) ;; *) echo ${reached};; esac`,
  ),
  privilege(
    "capabilities",
    `grep -E '^Cap(Eff|Bnd|Prm|Amb):' /proc/self/status | grep -v '0000000000000000$' && echo ${reached}; true`,
  ),
  privilege("passwords of the system", `[ -s /etc/shadow ] && [ -r /etc/shadow ] && echo ${reached}; true`),
];
