const pasteEnd = "\u001b[201~";

/** Collects what is pasted until its end marker, which may be cut anywhere. */
export const createPaste = () => {
  let parts: string[] = [];
  let tail = "";
  return {
    /** The text after the end marker, or null while there is none. */
    add: (text: string): { readonly pasted: string; readonly rest: string } | null => {
      const seen = tail + text;
      const end = seen.indexOf(pasteEnd);
      if (end < 0) {
        parts.push(text);
        tail = seen.slice(-(pasteEnd.length - 1));
        return null;
      }
      const whole = parts.join("") + text;
      const length = whole.length - (seen.length - end);
      parts = [];
      tail = "";
      return { pasted: whole.slice(0, length), rest: seen.slice(end + pasteEnd.length) };
    },
    /** Ctrl-C as the last that came: the end marker was lost, and the keyboard must not be. */
    givenUp: (): string | null => {
      if (!tail.endsWith("\u0003")) return null;
      const whole = parts.join("");
      parts = [];
      tail = "";
      return whole.slice(0, -1);
    },
  };
};
