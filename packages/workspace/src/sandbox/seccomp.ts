import { type SeccompArchitecture, syscallNumbers } from "./seccomp-syscalls.ts";

/*
 * A classic BPF program for the kernel's seccomp filter, as an array of `struct sock_filter` (8 bytes each: opcode,
 * jump if true, jump if false, constant). Every rule is "if equal, return", so no jump is longer than a few steps.
 */

const loadWord = 0x20;
const jumpIfEqual = 0x15;
const jumpIfAtLeast = 0x35;
const jumpIfAnyBit = 0x45;
const returnConstant = 0x06;
const and = 0x54;

const allow = 0x7fff0000;
const killProcess = 0x80000000;
const errno = (code: number): number => 0x00050000 | code;
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

// Offsets in struct seccomp_data: the number, the architecture, then six 64-bit arguments (low word first on both).
const numberOffset = 0;
const archOffset = 4;
const argument = (index: number): number => 16 + 8 * index;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const newNamespaces = 0x7e020000;
/** CLONE_NEWTIME: only `unshare` takes it; in `clone` the bit belongs to the exit signal. */
const newTimeNamespace = 0x80;
const fileTypeMask = 0xf000;
const characterDevice = 0x2000;
const blockDevice = 0x6000;
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. */
const socketFamilies = [1, 2, 10, 16];
/** TIOCSTI types into a terminal's input, TIOCLINUX pastes into a virtual console. */
const terminalInjections = [0x5412, 0x541c];

/** Null where there is no filter: then bubblewrap itself must refuse new user namespaces. */
export const filterArchitecture: SeccompArchitecture | null =
  process.arch === "x64" || process.arch === "arm64" ? process.arch : null;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, constant: number];

const load = (offset: number): Instruction => [loadWord, 0, 0, offset];
const answer = (value: number): Instruction => [returnConstant, 0, 0, value];

/** Runs `body` only for one system call. `body` must end in a return, for it has replaced the loaded number. */
const forCall = (number: number, body: readonly Instruction[]): Instruction[] => [
  [jumpIfEqual, 0, body.length, number],
  ...body,
];

const refuseCall = (number: number, code: number): Instruction[] => forCall(number, [answer(errno(code))]);

const refuseAnyBit = (number: number, index: number, bits: number): Instruction[] =>
  forCall(number, [load(argument(index)), [jumpIfAnyBit, 0, 1, bits], answer(errno(EPERM)), answer(allow)]);

const refuseValues = (number: number, index: number, values: readonly number[], mask?: number): Instruction[] =>
  forCall(number, [
    load(argument(index)),
    ...(mask === undefined ? [] : [[and, 0, 0, mask] as const]),
    ...values.flatMap((value): Instruction[] => [[jumpIfEqual, 0, 1, value], answer(errno(EPERM))]),
    answer(allow),
  ]);

const acceptFamilies = (number: number): Instruction[] =>
  forCall(number, [
    load(argument(0)),
    ...socketFamilies.flatMap((family): Instruction[] => [[jumpIfEqual, 0, 1, family], answer(allow)]),
    answer(errno(EAFNOSUPPORT)),
  ]);

const instructions = (architecture: SeccompArchitecture): Instruction[] => {
  const calls = syscallNumbers[architecture];
  return [
    load(archOffset),
    [jumpIfEqual, 1, 0, calls.audit],
    answer(killProcess),
    load(numberOffset),
    ...(calls.foreignFrom === null
      ? []
      : ([[jumpIfAtLeast, 0, 1, calls.foreignFrom], answer(errno(ENOSYS))] satisfies Instruction[])),
    ...Object.values(calls.absent).flatMap((number) => refuseCall(number, ENOSYS)),
    ...Object.values(calls.forbidden).flatMap((number) => refuseCall(number, EPERM)),
    ...refuseAnyBit(calls.clone, 0, newNamespaces),
    ...refuseAnyBit(calls.unshare, 0, newNamespaces | newTimeNamespace),
    ...calls.makeNode.flatMap(([number, index]) =>
      refuseValues(number, index, [characterDevice, blockDevice], fileTypeMask),
    ),
    ...refuseValues(calls.ioctl, 1, terminalInjections),
    ...acceptFamilies(calls.socket),
    answer(allow),
  ];
};

/** The filter for bubblewrap's `--seccomp`: everything is allowed that is not refused by name. Little-endian. */
export const seccompProgram = (architecture: SeccompArchitecture): Buffer => {
  const list = instructions(architecture);
  const program = Buffer.alloc(list.length * 8);
  for (const [index, [code, ifTrue, ifFalse, constant]] of list.entries()) {
    program.writeUInt16LE(code, index * 8);
    program.writeUInt8(ifTrue, index * 8 + 2);
    program.writeUInt8(ifFalse, index * 8 + 3);
    program.writeUInt32LE(constant >>> 0, index * 8 + 4);
  }
  return program;
};
