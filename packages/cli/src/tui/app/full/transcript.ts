import { type App, settingsOf } from "../app.ts";
import { viewRows } from "../plain-views.ts";
import { createPager } from "./pager.ts";

/** All of the thread, whole. */
export const openTranscript = (app: App): void => {
  const { state } = app;
  const rows = (columns: number) => {
    const view = viewRows(state.transcript, 0, { ...settingsOf(state, columns), verbosity: "full" });
    return [...view.settled, ...view.live];
  };
  app.open(createPager({ title: state.title === "" ? "transcript" : state.title, rows, fromEnd: true }));
};
