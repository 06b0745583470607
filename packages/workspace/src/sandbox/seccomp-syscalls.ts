/*
 * System call numbers per architecture, from the kernel's tables (arch/x86/entry/syscalls/syscall_64.tbl and
 * include/uapi/asm-generic/unistd.h). Numbers from 424 on are the same everywhere.
 */

export type SeccompArchitecture = "x64" | "arm64";

export type SyscallNumbers = {
  /** AUDIT_ARCH_* of the only accepted calling convention. */
  readonly audit: number;
  /** x64 has a second numbering (x32) from this bit on; it would pass every comparison below. */
  readonly foreignFrom: number | null;
  readonly clone: number;
  readonly unshare: number;
  readonly socket: number;
  readonly ioctl: number;
  /** Calls that make nodes, with the index of their mode argument. */
  readonly makeNode: readonly (readonly [number: number, modeArgument: number])[];
  /** Refused with EPERM. */
  readonly forbidden: Readonly<Record<string, number>>;
  /** Answered with ENOSYS, so that libraries fall back to calls that can be judged by their arguments. */
  readonly absent: Readonly<Record<string, number>>;
};

const sharedForbidden = {
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  fspick: 433,
  pidfd_getfd: 438,
  process_madvise: 440,
  mount_setattr: 442,
  quotactl_fd: 443,
  open_tree_attr: 467,
} as const;

const sharedAbsent = { io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427, clone3: 435 } as const;

const x64: SyscallNumbers = {
  audit: 0xc000003e,
  foreignFrom: 0x40000000,
  clone: 56,
  unshare: 272,
  socket: 41,
  ioctl: 16,
  makeNode: [
    [133, 1],
    [259, 2],
  ],
  forbidden: {
    ...sharedForbidden,
    ptrace: 101,
    syslog: 103,
    uselib: 134,
    vhangup: 153,
    pivot_root: 155,
    adjtimex: 159,
    chroot: 161,
    acct: 163,
    settimeofday: 164,
    mount: 165,
    umount2: 166,
    swapon: 167,
    swapoff: 168,
    reboot: 169,
    sethostname: 170,
    setdomainname: 171,
    iopl: 172,
    ioperm: 173,
    init_module: 175,
    delete_module: 176,
    quotactl: 179,
    lookup_dcookie: 212,
    clock_settime: 227,
    kexec_load: 246,
    add_key: 248,
    request_key: 249,
    keyctl: 250,
    perf_event_open: 298,
    fanotify_init: 300,
    fanotify_mark: 301,
    open_by_handle_at: 304,
    clock_adjtime: 305,
    setns: 308,
    process_vm_readv: 310,
    process_vm_writev: 311,
    kcmp: 312,
    finit_module: 313,
    kexec_file_load: 320,
    bpf: 321,
    userfaultfd: 323,
  },
  absent: sharedAbsent,
};

const arm64: SyscallNumbers = {
  audit: 0xc00000b7,
  foreignFrom: null,
  clone: 220,
  unshare: 97,
  socket: 198,
  ioctl: 29,
  makeNode: [[33, 2]],
  forbidden: {
    ...sharedForbidden,
    lookup_dcookie: 18,
    umount2: 39,
    mount: 40,
    pivot_root: 41,
    chroot: 51,
    vhangup: 58,
    quotactl: 60,
    acct: 89,
    kexec_load: 104,
    init_module: 105,
    delete_module: 106,
    clock_settime: 112,
    syslog: 116,
    ptrace: 117,
    reboot: 142,
    sethostname: 161,
    setdomainname: 162,
    settimeofday: 170,
    adjtimex: 171,
    add_key: 217,
    request_key: 218,
    keyctl: 219,
    swapon: 224,
    swapoff: 225,
    perf_event_open: 241,
    fanotify_init: 262,
    fanotify_mark: 263,
    open_by_handle_at: 265,
    clock_adjtime: 266,
    setns: 268,
    process_vm_readv: 270,
    process_vm_writev: 271,
    kcmp: 272,
    finit_module: 273,
    bpf: 280,
    userfaultfd: 282,
    kexec_file_load: 294,
  },
  absent: sharedAbsent,
};

export const syscallNumbers: Readonly<Record<SeccompArchitecture, SyscallNumbers>> = { x64, arm64 };
