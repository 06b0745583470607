/** The user asked for something that does not exist or cannot be: one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the user asked for failed for a reason that is told in one line: exit code 1 unless another is given. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
