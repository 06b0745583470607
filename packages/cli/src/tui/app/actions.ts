import type { App } from "./app.ts";

export const runCommand = async (app: App, name: string, words: string): Promise<void> => app.say(`/${name} ${words}`);
export const runShell = async (app: App, script: string): Promise<void> => app.say(script);
export const editOutside = async (app: App, text: string): Promise<void> => app.say(text);
export const openRewind = async (app: App): Promise<void> => app.say("rewind");
export const openTranscript = async (app: App): Promise<void> => app.say("transcript");
