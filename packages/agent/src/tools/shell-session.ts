import type { CommandExecutionItem } from "@fettle/protocol";
import type { CommandExit, RunningCommand } from "@fettle/workspace";
import { createOutputCapture, type OutputCapture } from "../output-capture.ts";
import type { ToolContext } from "./tool.ts";

/** One started command: its process, what it printed, and its item. */
export type ShellSession = {
  readonly number: number;
  readonly pty: boolean;
  readonly readOnly: boolean;
  readonly command: RunningCommand;
  /** The item as it stands. */
  item(): CommandExecutionItem;
  /** What was printed since the last call of this, and the exit once there is one. */
  read(): { output: string; exit: CommandExit | null; elapsedMs: number };
  /** Ends it with all its descendants (SIGINT, after the grace SIGKILL); resolves like `ended`. */
  interrupt(graceMs: number): Promise<void>;
  /** Resolves when it has ended and its item is in the log. */
  readonly ended: Promise<void>;
};

export const describeExit = (exit: CommandExit): string => {
  if (exit.timedOut) return "timed out";
  return exit.code === null ? `signal ${exit.signal ?? "unknown"}` : `exit ${exit.code}`;
};

/** Follows a started command to its end: collects output, shows it live, completes its item. */
export const followCommand = (
  command: RunningCommand,
  options: { number: number; pty: boolean; readOnly: boolean; item: CommandExecutionItem },
  context: ToolContext,
): ShellSession => {
  const { number, pty, readOnly } = options;
  const startedAt = performance.now();
  const whole = createOutputCapture(() => context.outputPath(options.item.id));
  let fresh: OutputCapture | null = null;
  let exit: CommandExit | null = null;
  let interrupted = false;
  let item = options.item;

  const take = (chunk: Buffer): void => {
    whole.add(chunk);
    fresh?.add(chunk);
    if (context.live) context.emit({ type: "item.delta", item_id: item.id, delta: chunk.toString("utf8") });
  };
  const redactor = context.redaction?.stream();
  command.onOutput(redactor === undefined ? take : (chunk) => take(redactor.push(chunk)));

  const withOutput = (): CommandExecutionItem => {
    const { text, bytes, path } = whole.read();
    return {
      ...item,
      aggregated_output: text,
      output_bytes: bytes,
      ...(path === undefined ? {} : { output_path: path }),
    };
  };

  const ended = command.exited.then((result) => {
    if (redactor !== undefined) take(redactor.end());
    exit = result;
    item = {
      ...withOutput(),
      status: result.code === 0 ? "completed" : "failed",
      duration_ms: Math.round(result.durationMs),
      ...(result.code === null ? {} : { exit_code: result.code }),
      ...(result.signal === null ? {} : { signal: result.signal }),
      ...(result.timedOut ? { error: "timed out" } : interrupted ? { error: "interrupted" } : {}),
    };
    whole.close();
    context.emit({ type: "item.completed", item });
    for (const message of result.notices)
      context.emit({ type: "item.completed", item: { id: context.nextItemId(), type: "error", message } });
    if (!readOnly) context.filesMayHaveChanged(item.id);
  });

  return {
    number,
    pty,
    readOnly,
    command,
    item: withOutput,
    read() {
      const output = (fresh ?? whole).read().text;
      fresh = exit === null ? createOutputCapture(null) : null;
      return { output, exit, elapsedMs: exit?.durationMs ?? performance.now() - startedAt };
    },
    async interrupt(graceMs) {
      interrupted = exit === null;
      await command.kill({ graceMs });
      await ended;
    },
    ended,
  };
};
