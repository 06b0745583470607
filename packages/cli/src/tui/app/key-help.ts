import { actions } from "../input/keymap.ts";
import type { HelpRow } from "../views/help.ts";
import type { App } from "./app.ts";

/** What the keys do. */
export const keyRows = ({ keymap }: Pick<App, "keymap">): readonly HelpRow[] => [
  ...actions
    .filter(({ scope }) => scope !== "menu")
    .map(({ name, what }) => ({ name: keymap.keysOf(name).join(" "), does: what })),
  { name: "up (nothing typed), alt-up", does: "take words back that wait" },
  { name: "o t a n (nothing typed)", does: "answer the waiting question" },
];
