import type { App } from "./app.ts";

/** What an error says. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Says on the screen why something did not work. */
export const reportTo =
  (app: Pick<App, "say">) =>
  (error: unknown): void =>
    app.say(messageOf(error));
