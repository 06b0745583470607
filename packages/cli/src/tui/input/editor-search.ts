import type { EditorEffect, Key } from "../contract.ts";
import { docOf } from "./doc.ts";
import { type EditorState, edit } from "./editor-state.ts";

const lookFor = (state: EditorState, words: string): void => {
  state.search = { words, found: state.history.search(words), selected: 0 };
};

const choose = (state: EditorState, by: number): void => {
  const { search } = state;
  if (search !== null)
    state.search = { ...search, selected: Math.max(0, Math.min(search.found.length - 1, search.selected + by)) };
};

const take = (state: EditorState): void => {
  const found = state.search?.found[state.search.selected];
  state.search = null;
  // What was being written can be had again by undo, and from the history.
  if (found === undefined) return;
  state.history.keep(state.doc);
  edit(state, docOf(found), "other");
};

/** A key while what was typed before is searched. What is being written waits unchanged. */
export const searchKey = (state: EditorState, key: Key): EditorEffect | boolean => {
  const words = state.search?.words ?? "";
  const action = state.ports.keymap.action(key, "editor");
  const inMenu = state.ports.keymap.action(key, "menu");
  if (key.name === "paste") lookFor(state, words + key.text.replace(/\s+/g, " "));
  else if (action === "submit" || inMenu === "menu-take") take(state);
  else if (inMenu === "menu-close" || action === "discard") state.search = null;
  else if (action === "search" || inMenu === "menu-next") choose(state, 1);
  else if (inMenu === "menu-previous") choose(state, -1);
  else if (action === "delete-left") lookFor(state, Array.from(words).slice(0, -1).join(""));
  else if (action === "kill-to-start" || action === "kill-word-left") lookFor(state, "");
  else if (key.text !== "" && !key.ctrl && !key.alt) lookFor(state, words + key.text);
  else return false;
  return true;
};
