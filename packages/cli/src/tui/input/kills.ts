/* What was cut out, newest last, to be put in again. */

export type Kills = {
  /** `joins`: it belongs to the last one, on the side where it was cut. */
  readonly add: (text: string, joins: "before" | "after" | "no") => void;
  /** The newest, or null. */
  readonly newest: () => string | null;
  /** The next older one becomes the newest. */
  readonly rotate: () => void;
};

const most = 50;

export const createKills = (): Kills => {
  const ring: string[] = [];
  return {
    add: (text, joins) => {
      if (text === "") return;
      const last = joins === "no" ? undefined : ring.pop();
      if (last === undefined) ring.push(text);
      else ring.push(joins === "before" ? text + last : last + text);
      if (ring.length > most) ring.shift();
    },
    newest: () => ring.at(-1) ?? null,
    rotate: () => {
      const last = ring.pop();
      if (last !== undefined) ring.unshift(last);
    },
  };
};
