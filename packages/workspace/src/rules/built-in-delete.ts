import { forkBombProgram, writeProgram } from "../shell/simple-commands.ts";
import { type CommandArguments, hasOption, isDevice, isHome, isRoot, isSystemFolder, isVital } from "./arguments.ts";
import { type BuiltInRule, builtInRule } from "./built-in-rule.ts";

/* What destroys files, disks or the whole machine. */

const recursive = (args: CommandArguments): boolean => hasOption(args, "r", "R", "--recursive");
const forced = (args: CommandArguments): boolean => hasOption(args, "f", "--force");
const all = (args: CommandArguments): boolean => args.operands.some(isVital);

const filter =
  /^-(?:i?name|i?path|i?wholename|i?regex|i?lname|[acm](?:time|min)|newer.*|size|empty|perm|user|group|inum)$/;
const deletes = ({ options }: CommandArguments): boolean => options.includes("-delete");
const filtered = ({ options }: CommandArguments): boolean => options.some((option) => filter.test(option));

/** Where `dd` writes, as it is written; null when it names no place. */
const ddTarget = ({ words }: CommandArguments): string | null =>
  words.map(({ shown }) => /^of=(.*)$/s.exec(shown)?.[1]).find((target) => target !== undefined) ?? null;

const lists = ({ options, words }: CommandArguments): boolean =>
  options.some((option) => /^(?:-l|--list.*|--help|-h|--version|-V)$/.test(option)) || words[0]?.value === "print";

const onDevice = ({ operands }: CommandArguments): boolean =>
  operands.some(({ value, shown }) => isDevice(value ?? shown));

const makesFileSystem = /^(?:mkfs(?:\..+)?|mke2fs|mkswap|mkntfs|mkdosfs|newfs.*)$/;

const neverRules: readonly BuiltInRule[] = [
  builtInRule({
    name: "delete everything",
    decision: "never",
    precision: 1,
    reason: "deletes the whole system, a part it needs, or a whole home folder",
    programs: "rm grm rimraf",
    test: (args, program) =>
      hasOption(args, "--no-preserve-root") || ((recursive(args) || program === "rimraf") && all(args)),
    match: [
      "rm -rf /",
      "rm -rf /*",
      "rm -r -f ~",
      "rm -fr $HOME",
      'rm -rf "$HOME"/*',
      "rm --recursive //",
      "rm -rf /opt/..",
      "rm -rf /home/me",
      "rm -rf /root/",
      "rm -rf /{,x}",
      "rm -rf /{usr,etc}/*",
      "rimraf /usr",
    ],
    notMatch: [
      "rm -rf /opt/x",
      "rm -rf ~/project/dist",
      "rm -rf /home/me/x",
      "rm -rf /var/tmp/x",
      "rm -rf x{,y}",
      "rm -f /",
      "rm -rf '~'",
      "rm -rf ./*",
    ],
  }),
  builtInRule({
    name: "find and delete everything",
    decision: "never",
    precision: 1,
    reason: "deletes the whole system, a part it needs, or a whole home folder",
    programs: "find gfind",
    test: (args) => deletes(args) && !filtered(args) && all(args),
    match: ["find / -delete", "find ~ -type f -delete"],
    notMatch: ["find . -delete", "find / -name core -delete"],
  }),
  builtInRule({
    name: "rights of everything",
    decision: "never",
    precision: 1,
    reason: "changes the rights or the owner of the whole system",
    programs: "chmod chown chgrp",
    test: (args) => hasOption(args, "R", "--recursive") && args.operands.some(isRoot),
    match: ["chmod -R 777 /", "chown -R me: /*", "chmod --recursive a+w //"],
    notMatch: ["chmod -R 755 ./bin", "chmod 755 /", "chown -R me ~"],
  }),
  builtInRule({
    name: "overwrite a disk",
    decision: "never",
    precision: 1,
    reason: "overwrites a disk",
    programs: "dd",
    test: (args) => isDevice(ddTarget(args) ?? ""),
    match: ["dd if=/dev/zero of=/dev/sda", "dd of=/dev/nvme0n1 bs=1M"],
    notMatch: ["dd if=/dev/sda of=disk.img", "dd if=a of=/dev/null"],
  }),
  builtInRule({
    name: "write to a disk",
    decision: "never",
    precision: 1,
    reason: "overwrites a disk",
    programs: `${writeProgram} tee truncate`,
    test: onDevice,
    match: ["> /dev/sda", "cat x > /dev/nvme0n1p1", "tee /dev/sdb", "echo >> //dev/sda1"],
    notMatch: ["> /dev/null", "tee out", "> /dev/shm/x"],
  }),
  builtInRule({
    name: "copy over a disk",
    decision: "never",
    precision: 1,
    reason: "overwrites a disk",
    programs: "cp mv install",
    test: ({ operands }) => {
      const last = operands.at(-1);
      return last !== undefined && operands.length > 1 && isDevice(last.value ?? last.shown);
    },
    match: ["cp image /dev/sda", "mv x /dev/disk/by-id/y"],
    notMatch: ["cp /dev/sda image", "cp a b"],
  }),
  builtInRule({
    name: "format a disk",
    decision: "never",
    precision: 1,
    reason: "formats a disk",
    programs: makesFileSystem,
    test: onDevice,
    match: ["mkfs.ext4 /dev/sda1", "mkfs -t xfs /dev/vdb", "mkswap /dev/sdc"],
    notMatch: ["mkfs.ext4 disk.img"],
  }),
  builtInRule({
    name: "fork bomb",
    decision: "never",
    precision: 1,
    reason: "starts itself over and over until the machine stands still",
    programs: /^:fork bomb:$/,
    test: () => true,
    match: [":(){ :|:& };:", "bomb() { bomb & bomb & }; bomb"],
    notMatch: ["walk() { ls | while read -r x; do walk $x; done; }", `echo '${forkBombProgram}'`],
  }),
];

const askRules: readonly BuiltInRule[] = [
  builtInRule({
    name: "forced recursive delete",
    decision: "ask",
    precision: 2,
    reason: "deletes whole folders without a question",
    programs: "rm grm",
    test: (args) => (recursive(args) || args.unknownOptions) && (forced(args) || args.unknownOptions),
    match: ["rm -rf build", "rm -r -f x", "rm --recursive --force x", "rm $OPTIONS x", "rm -{r,f} x", "/bin/rm -fR x"],
    notMatch: ["rm x", "rm -r x", "rm -f x", 'rm "$file"', 'rm -f "$dir/x" "$dir/y"', 'rm -f -- "$a" "$b"'],
  }),
  builtInRule({
    name: "find and delete",
    decision: "ask",
    precision: 2,
    reason: "deletes all that it finds",
    programs: "find gfind",
    test: (args) => deletes(args) && (!filtered(args) || all(args)),
    match: ["find . -delete", "find build -type f -delete"],
    notMatch: ["find . -name '*.pyc' -delete", "find . -empty -type d -delete"],
  }),
  builtInRule({
    name: "rights of a home or system folder",
    decision: "ask",
    precision: 2,
    reason: "changes the rights or the owner of a whole home or system folder",
    programs: "chmod chown chgrp",
    test: (args) =>
      hasOption(args, "R", "--recursive") && args.operands.some((word) => isHome(word) || isSystemFolder(word)),
    match: ["chown -R me ~", "chmod -R go-w /etc", "chmod -R 700 $HOME"],
    notMatch: ["chmod -R 755 dist", "chmod +x run.sh"],
  }),
  builtInRule({
    name: "dd to a device",
    decision: "ask",
    precision: 2,
    reason: "may overwrite a disk",
    programs: "dd",
    test: (args) => {
      const target = ddTarget(args);
      if (args.words.some((word) => word.value === null && word.mayBeOption)) return true;
      const computed = args.words.some((word) => word.value === null && word.shown.startsWith("of=$"));
      return computed || (target !== null && /^\/+dev\/(?!null$|stdout$|stderr$|tty$|shm\/)/.test(target));
    },
    match: ["dd if=x of=/dev/loop0", 'dd if=x of="$TARGET"', "dd $ARGUMENTS"],
    notMatch: ["dd if=/dev/zero of=file bs=1M count=1", "dd if=/dev/urandom of=/dev/null count=1"],
  }),
  builtInRule({
    name: "disk tools",
    decision: "ask",
    precision: 1,
    reason: "changes disks, or destroys what is on them",
    programs:
      /^(?:fdisk|sfdisk|gdisk|sgdisk|cfdisk|parted|wipefs|shred|blkdiscard|[lvp]vremove|mkfs(?:\..+)?|mke2fs|mkswap)$/,
    test: (args) => !lists(args),
    match: [
      "fdisk /dev/sda",
      "parted -s /dev/sda mklabel gpt",
      "wipefs -a /dev/sdb",
      "shred -u secret",
      "mkfs.ext4 disk.img",
    ],
    notMatch: ["fdisk -l", "parted -l", "lsblk"],
  }),
];

export const deleteRules: readonly BuiltInRule[] = [...neverRules, ...askRules];
