import xterm from "@xterm/headless";

/** A terminal in memory: what was written to it, as a person would see it. */
export const createEmulator = (columns: number, rows: number) => {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 100_000,
    allowProposedApi: true,
  });
  let bytes = 0;
  const lineAt = (index: number): string =>
    terminal.buffer.active.getLine(index)?.translateToString(true).trimEnd() ?? "";
  return {
    terminal,
    write(text: string): void {
      bytes += text.length;
      terminal.write(text);
    },
    /** Resolves once all that was written is on the screen. */
    settled: (): Promise<void> => new Promise((resolve) => terminal.write("", resolve)),
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
    resize: (newColumns: number, newRows: number): void => terminal.resize(newColumns, newRows),
    /** Scrollback and screen, without the empty rows at the end. */
    all(): string[] {
      const lines = Array.from({ length: terminal.buffer.active.length }, (_, index) => lineAt(index));
      while (lines.at(-1) === "") lines.pop();
      return lines;
    },
    /** The rows on the screen. */
    screen: (): string[] =>
      Array.from({ length: terminal.rows }, (_, index) => lineAt(terminal.buffer.active.baseY + index)),
    /** In the rows of `all`. */
    cursor: () => ({
      row: terminal.buffer.active.baseY + terminal.buffer.active.cursorY,
      column: terminal.buffer.active.cursorX,
    }),
    written: (): number => bytes,
  };
};
