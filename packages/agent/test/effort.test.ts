import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultEffort, kindOfRequest, type RequestKind } from "../src/effort.ts";

const prompts: Record<RequestKind, readonly string[]> = {
  question: [
    "What does parseDate return for an empty string?",
    "Please, where is the port configured?",
    "how do I start a single test file?",
    "Is this package published?",
    "Can this program read YAML?",
  ],
  work: [
    "Why does the build fail?",
    "What is wrong with the parser?",
    "can you fix the parser?",
    "Could you look at the parser?",
    "Fix the failing test",
    "go on",
    "How do I add a flag? Add one.",
    "What should the flag be called? Choose one\nand tell me?",
    "Wo ist der Fehler?",
    `What does this mean: ${"x".repeat(300)}?`,
    "",
  ],
  plan: [
    "Plan the migration to ESM",
    "Please review my last commit",
    "Can you make a detailed plan for the release?",
    "design an API for uploads",
    "Do a security review of src/auth",
  ],
};

test("the words of a request tell its kind", () => {
  for (const [kind, texts] of Object.entries(prompts))
    for (const text of texts) assert.equal(kindOfRequest(text), kind, text);
});

test("a question takes low effort, a plan high, all else what the model usually takes", () => {
  const [question = ""] = prompts.question;
  const [plan = ""] = prompts.plan;
  assert.equal(defaultEffort([question], "medium"), "low");
  assert.equal(defaultEffort([question], "minimal"), "minimal");
  assert.equal(defaultEffort(["go on"], "medium"), "medium");
  assert.equal(defaultEffort([plan], "medium"), "high");
  assert.equal(defaultEffort([plan], "max"), "max");
});

test("within a thread it only rises", () => {
  const [question = ""] = prompts.question;
  const [plan = ""] = prompts.plan;
  assert.equal(defaultEffort([question, "fix it"], "medium"), "medium");
  assert.equal(defaultEffort([question, "fix it", question], "medium"), "medium");
  assert.equal(defaultEffort([plan, "do it", question], "medium"), "high");
});

test("a model that is not known to think is never told to", () => {
  for (const texts of Object.values(prompts)) assert.equal(defaultEffort(texts, undefined), undefined);
});
