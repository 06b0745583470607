import { actions } from "../input/keymap.ts";
import type { App } from "./app.ts";

/** What the keys do, in rows. */
export const keyLines = ({ keymap }: Pick<App, "keymap">): readonly string[] => [
  ...actions
    .filter(({ scope }) => scope !== "menu")
    .map(({ name, what }) => `  ${keymap.keysOf(name).join(" ").padEnd(28)}  ${what}`),
  `  ${"up (nothing typed), alt-up".padEnd(28)}  take words back that wait`,
  `  ${"o t a n (nothing typed)".padEnd(28)}  answer the waiting question`,
];
