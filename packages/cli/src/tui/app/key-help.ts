/** What the keys do, in rows. */
export const keyLines: readonly string[] = [
  "  Enter                         begin a turn; while one runs: steer it",
  "  Tab                           while a turn runs: for the turn after it",
  "  Up (empty) or Alt-Up          take words back that wait",
  "  Esc                           stop the turn",
  "  Esc Esc                       take turns back",
  "  o t a n                       answer a question, when nothing is typed",
  "  Ctrl-O                        answer it although something is typed; again, or Esc: back",
  "  Shift-Tab                     how far it may go without asking",
  "  Alt-V                         brief, normal, full",
  "  Ctrl-T                        the whole thread",
  "  Ctrl-G                        write in your own editor",
  "  Ctrl-C                        clear; twice: quit",
  "  Ctrl-D                        quit, when nothing is typed",
  "  Ctrl-Z                        into the background; fg brings it back",
];
