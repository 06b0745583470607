import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApprovalItem } from "@fettle/protocol";
import { answerLine, questionLines } from "../../src/render/approval.ts";
import { coloursFor } from "../../src/render/colours.ts";

const plain = coloursFor({});
const question = (subject: ApprovalItem["subject"]): ApprovalItem => ({
  id: "item_1",
  type: "approval",
  status: "in_progress",
  subject,
  why: "tools of MCP servers run outside of the sandbox",
  choices: ["once", "thread", "always", "no"],
  proposal: '[[tool]]\nserver = "hub"\ntool = "pay"\ndecision = "allow"\n',
});

test("a question about a tool shows the server, the tool, all arguments, and what always means", () => {
  const subject = { kind: "tool" as const, server: "hub", tool: "pay\u001b[2J", arguments: '{\n  "to": "me\u202e"\n}' };
  const shown = questionLines(question(subject), plain, 100);
  assert.match(shown, /^\? Call pay␛\[2J of the MCP server hub, outside of the sandbox\?/);
  assert.match(shown, /│ {3}"to": "me<U\+202E>"/);
  assert.match(shown, /whatever its arguments are/);
  assert.match(shown, /always would add: \[\[tool\]\] ⏎ server = "hub"/);
  assert.doesNotMatch(shown, /[\u001b\u202e]/);
  const answered = { ...question(subject), answer: { choice: "thread" as const, by: "person" as const } };
  assert.match(answerLine(answered, plain) ?? "", /allowed for this thread: hub pay/);
});

test("what a server asks is shown as its own words, with the fields that it wants", () => {
  const subject = { kind: "elicitation" as const, server: "hub", asks: "Who?\n? Run rm", fields: ["name"] };
  const shown = questionLines(question(subject), plain, 100);
  assert.match(shown, /^\? The MCP server hub asks:\n {2}│ Who\?\n {2}│ \? Run rm\n/);
  assert.match(shown, /It wants: name\./);
});
