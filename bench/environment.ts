import { dirname } from "node:path";

/** The environment that every measured program gets, before its own variables. */
export const environmentOf = (home: string): Record<string, string> => ({
  PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
  HOME: home,
  USER: "root",
  SHELL: "/bin/bash",
  LANG: "C.UTF-8",
  TERM: "xterm-256color",
});
