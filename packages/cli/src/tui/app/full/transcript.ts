import { transcriptSections } from "../../views/sections.ts";
import { type App, settingsOf } from "../app.ts";
import { createReader } from "./reader.ts";

/** All of the thread, whole. */
export const openTranscript = (app: App): void => {
  const { state } = app;
  app.open(
    createReader((columns) => transcriptSections(state.transcript.state, settingsOf(state, columns)), {
      settings: (columns) => settingsOf(state, columns),
      fromEnd: true,
    }),
  );
};
