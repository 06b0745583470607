import type { Editor, EditorEffect, EditorPorts, Key } from "../contract.ts";
import { type Doc, docOf, replaced, textOf } from "./doc.ts";
import { act, attach, paste, putAway, type } from "./editor-actions.ts";
import { searchKey } from "./editor-search.ts";
import { type EditorState, edit, refreshMenu, startState } from "./editor-state.ts";
import { viewOf } from "./editor-view.ts";
import { effectOf } from "./effects.ts";
import { cleanText } from "./marks.ts";
import { insertOf, runsAtOnce } from "./menu.ts";
import { leaveInsert, startVim, vimKey } from "./vim.ts";

type Done = EditorEffect | boolean;

/** Puts the selected choice in the place of what was typed of it. */
const takeChoice = (state: EditorState): void => {
  if (state.menu === null) return;
  const { token, choices, selected } = state.menu;
  const choice = choices[selected];
  if (choice !== undefined) edit(state, replaced(state.doc, token.span, insertOf(token.kind, choice)), "other");
};

/** Enter on a list: a command is run, unless it wants words; anything else is put in. */
const submitChoice = (state: EditorState): Done => {
  if (state.menu === null) return false;
  const { token, choices, selected } = state.menu;
  const choice = choices[selected];
  const isWhole = choice?.insert.trim().replace(/^\//, "") === token.query;
  takeChoice(state);
  if (token.kind !== "command" || choice === undefined || !(isWhole || runsAtOnce(choice))) return true;
  return effectOf(state.doc, state.marks, "submit") ?? true;
};

const menuKey = (state: EditorState, key: Key): Done | null => {
  const { menu } = state;
  if (menu === null) return null;
  const { keymap } = state.ports;
  if (keymap.action(key, "editor") === "submit") return submitChoice(state);
  const step = (by: number): boolean => {
    state.menu = { ...menu, selected: (menu.selected + by + menu.choices.length) % menu.choices.length };
    return true;
  };
  switch (keymap.action(key, "menu")) {
    case "menu-next":
      return step(1);
    case "menu-previous":
      return step(-1);
    case "menu-take":
      takeChoice(state);
      return true;
    case "menu-close":
      state.closed = menu.token.span.from;
      return true;
    default:
      return null;
  }
};

/** A key for vi; null: it does what it does without it. */
const viKey = (state: EditorState, key: Key): Done | null => {
  // The configuration may be read after the first keys were typed.
  if (state.ports.vim !== (state.vim !== null)) state.vim = state.ports.vim ? startVim : null;
  if (state.vim === null) return null;
  const step =
    state.vim.mode !== "insert"
      ? vimKey(state.vim, state.doc, key)
      : key.name === "escape" && !key.ctrl && !key.alt
        ? leaveInsert(state.vim, state.doc)
        : null;
  if (step === null) return null;
  if (step.edited) edit(state, step.doc, "other");
  else if (step.doc !== state.doc) {
    state.undo.seal();
    state.doc = step.doc;
  }
  state.vim = step.vim;
  state.goal = null;
  if (step.ask !== undefined) act(state, step.ask);
  return true;
};

const pressed = (state: EditorState, key: Key): Done => {
  if (key.name === "focus" || key.name === "blur") return false;
  if (state.search !== null) return searchKey(state, key);
  if (key.name === "paste") {
    paste(state, key.text);
    return true;
  }
  const other = menuKey(state, key) ?? viKey(state, key);
  if (other !== null) return other;
  const action = state.ports.keymap.action(key, "editor");
  if (action !== null) {
    const done = act(state, action);
    state.last = action;
    return done;
  }
  if (key.text === "" || key.ctrl || key.alt) return false;
  state.last = "";
  type(state, key.text);
  return true;
};

/** The editor of the terminal program. Nothing typed is lost: what leaves the text stays in its history, or can be undone. */
export const createEditor = (ports: EditorPorts): Editor => {
  const state = startState(ports);
  let whole: { readonly of: Doc; readonly text: string } | null = null;
  /** Asked for with every key, and costly when a great text is in it. */
  const wholeText = (): string => {
    if (whole?.of !== state.doc) whole = { of: state.doc, text: state.marks.unfolded(textOf(state.doc)) };
    return whole.text;
  };
  return {
    key: (key) => {
      const done = pressed(state, key);
      refreshMenu(state);
      return done;
    },
    view: (settings, maxRows) => {
      // Files may have been found since the last key.
      refreshMenu(state);
      return viewOf(state, settings, maxRows);
    },
    text: wholeText,
    set: (text) => {
      edit(state, docOf(state.marks.withPictures(cleanText(text))), "other");
      state.search = null;
      refreshMenu(state);
    },
    images: () => state.marks.imagesIn(textOf(state.doc)),
    attach: (path) => attach(state, path),
    clear: () => {
      putAway(state);
      state.search = null;
      refreshMenu(state);
    },
    menuOpen: () => state.menu !== null || state.search !== null,
  };
};
