import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openEditor, prompt, said, started } from "../support/editor.ts";
import { openScene } from "../support/scripted-run.ts";

/* The settings in docs/editors.md, as they stand there. */

const text = readFileSync(join(import.meta.dirname, "../../docs/editors.md"), "utf8");
const blocks = [...text.matchAll(/```(json|lua|elisp)\n([\s\S]*?)```/g)].map(([, kind = "", code = ""]) => ({
  kind,
  code,
}));

type Settings = { agent_servers: Record<string, { command: string; args: string[]; env: Record<string, string> }> };

test("each editor starts `fettle acp`, and what it starts answers", async (t) => {
  assert.deepEqual(
    blocks.map(({ kind }) => kind),
    ["json", "json", "lua", "lua", "elisp"],
  );
  for (const { kind, code } of blocks.slice(2))
    assert.match(code, kind === "lua" ? /"fettle".*"acp"/s : /"fettle" :command-params '\("acp"\)/);
  for (const { code } of blocks.slice(0, 2)) {
    const { command, args, env } = (JSON.parse(code) as Settings).agent_servers.fettle ?? assert.fail(code);
    assert.deepEqual([command, env], ["fettle", {}]);
    const scene = await openScene(t, { steps: [{ text: "Here." }] });
    const editor = await openEditor(t, scene, { command: args });
    const { sessionId } = await started(editor, scene.repository);
    await prompt(editor, sessionId, "are you there?");
    assert.equal(said(editor, sessionId, "agent_message_chunk"), "Here.");
  }
});

test("what is said of options, levels and slash commands is so", async (t) => {
  const scene = await openScene(t);
  const editor = await openEditor(t, scene);
  const { sessionId, modes } = await started(editor, scene.repository);
  const levels = modes?.availableModes.map(({ id }) => `\`${id}\``).join(", ") ?? "";
  assert.ok(text.includes(`levels of autonomy: ${levels};`), levels);
  const offered = await editor.update(sessionId, (one) => one.sessionUpdate === "available_commands_update");
  assert.ok(offered.sessionUpdate === "available_commands_update");
  for (const { name } of offered.availableCommands) assert.match(text, new RegExp(`\`/${name}\``));
});
