/** What can be said with a slash: its name, the words it takes, and what it does. Loaded with the first paint. */
export const commandNames = [
  ["new", "", "begin a new thread"],
  ["resume", "[ID]", "go on with an earlier thread, also to look for one"],
  ["fork", "[TURN]", "go on in a copy of this thread"],
  ["rename", "TITLE", "name this thread"],
  ["rewind", "", "take turns back: conversation, files or both"],
  ["diff", "[TURN]", "what a turn changed"],
  ["review", "[WHAT TO LOOK AT]", "have what is not committed reviewed"],
  ["ask", "QUESTION", "an answer, and nothing is changed"],
  ["plan", "WHAT", "have a plan of provable steps written to PLAN.md"],
  ["goal", "[PLAN.md]", "work until every step of a plan is proved"],
  ["compact", "", "put a checkpoint in the place of the conversation so far"],
  ["model", "[NAME]", "show or change the model"],
  ["effort", "[LEVEL]", "how much the model thinks"],
  ["autonomy", "[LEVEL]", "how far it may go without asking"],
  ["permissions", "", "the level, the rules and the hosts in effect, and why"],
  ["trust", "", "let this repository's own settings and rules count"],
  ["mcp", "", "the MCP servers whose tools may be used"],
  ["skills", "", "the skills that hold here"],
  ["agents", "", "this thread's helpers: watch, steer, stop"],
  ["init", "", "write a first AGENTS.md"],
  ["context", "", "what the model gets, and how full its window is"],
  ["usage", "", "tokens of this thread, by model"],
  ["copy", "", "the last answer to the clipboard"],
  ["export", "[FILE.md | FILE.html]", "write the conversation to a file"],
  ["theme", "light | dark | none", "colours for this background"],
  ["verbosity", "brief | normal | full", "how much of what happens is shown"],
  ["keys", "", "what the keys do"],
  ["doctor", "", "what of this machine and this configuration works"],
  ["feedback", "", "write a file for a bug report, without secrets"],
  ["help", "", "this list"],
  ["quit", "", "end"],
] as const;

export type CommandName = (typeof commandNames)[number][0];

export const isCommand = (name: string): name is CommandName => commandNames.some(([known]) => known === name);
