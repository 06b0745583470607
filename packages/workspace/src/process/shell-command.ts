/** How to run a script, as the arguments of one program. */
export type ShellCommand = { readonly file: string; readonly args: readonly string[] };

/** Resource limits of a sandboxed command. */
export type Limits = { readonly memoryKiB: number };

/** The kernel takes no single argument of 128 KiB or more; quoting it twice for a terminal may multiply its length. */
const longestScriptBytes = { plain: 120 * 1024, terminal: 8 * 1024 } as const;

/** True when a script must be read from a file. */
export const isTooLongForArgument = (script: string, pty: boolean): boolean =>
  Buffer.byteLength(script) > (pty ? longestScriptBytes.terminal : longestScriptBytes.plain);

export const terminalSize = { columns: 80, rows: 24 } as const;

/** One word of shell text that stands for exactly `text`. */
export const quoteForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const maximumProcesses = 8192;
const maximumFileKiB = 64 * 1024 * 1024;

/**
 * Set by the shell itself, on the script's first line so that its line numbers stay right: no core files, and a bound
 * on processes, data and file size. A limit that is lower already stays.
 */
const limitPrefix = (shell: string, limits: Limits | null): string => {
  if (limits === null) return "";
  if (!shell.endsWith("/bash")) return "ulimit -c 0 2>/dev/null; ";
  return `{ ulimit -c 0; ulimit -u ${maximumProcesses}; ulimit -d ${limits.memoryKiB}; ulimit -f ${maximumFileKiB}; } 2>/dev/null; `;
};

/** `shell -c script`; with `scriptFile` set, the script is read from there because it is too long for an argument. */
export const shellCommand = (options: {
  readonly shell: string;
  readonly script: string;
  readonly scriptFile: string | null;
  readonly limits: Limits | null;
}): ShellCommand => {
  const prefix = limitPrefix(options.shell, options.limits);
  const text = options.scriptFile === null ? options.script : `. ${quoteForShell(options.scriptFile)}`;
  return { file: options.shell, args: ["-c", prefix + text] };
};

/**
 * The same in a terminal of its own, by script(1): `-e` hands on the exit code, `-q` leaves out its own lines, `-f`
 * writes at once. It runs its command by `$SHELL -c`, so the command is quoted once more and SHELL must be `shell`.
 */
export const terminalCommand = (script: string, command: ShellCommand): ShellCommand => {
  const inner = [command.file, ...command.args].map(quoteForShell).join(" ");
  const size = `stty cols ${terminalSize.columns} rows ${terminalSize.rows} 2>/dev/null`;
  return { file: script, args: ["-qefc", `${size}; exec ${inner}`, "/dev/null"] };
};
