import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandExecutionItem, ThreadEvent, ToldFile } from "@fettle/protocol";
import { noUsage } from "@fettle/protocol";
import { placesOfChange, placesOfCommand, placesOfPicture } from "../../src/instruction-files/places.ts";
import { createToldFiles } from "../../src/instruction-files/told-files.ts";

const command = (text: string): CommandExecutionItem => ({
  id: "item_0",
  type: "command_execution",
  command: text,
  aggregated_output: "",
  status: "in_progress",
  cwd: "/w",
});
const named = (text: string): string[] => placesOfCommand(command(text)).map(({ path }) => path);

test("a script names what its words are, seen from where it has gone to", () => {
  assert.deepEqual(named("cat -n src/a.ts 'my dir/b' \"c d\" | wc -l"), [
    ".",
    "cat",
    "src/a.ts",
    "my dir/b",
    "c d",
    "wc",
  ]);
  assert.ok(named("cd packages/a && cat x.ts").includes("packages/a/x.ts"));
  assert.ok(named("ls packages/*/src").includes("packages/"));
  const written = named("cat > a/new.txt <<'EOF'\nsee b/old.txt\nEOF\nls c");
  assert.ok(written.includes("a/new.txt") && written.includes("c") && !written.includes("b/old.txt"));
});

test("a change counts in the folders of its files, a picture where it lies", () => {
  const changes = [
    { path: "a/x", kind: "delete" as const },
    { path: "b/y", kind: "update" as const, move_path: "c/y" },
  ];
  const change = { id: "i", type: "file_change" as const, status: "completed" as const, changes };
  assert.deepEqual(
    placesOfChange({ ...change, cwd: "/w/s" }),
    ["a", "b", "c"].map((path) => ({ base: "/w/s", path })),
  );
  const look = { id: "i", type: "tool_call" as const, tool: "view_image", status: "completed" as const };
  assert.deepEqual(placesOfPicture({ ...look, arguments: '{"path":"art/x.png"}' }), [
    { base: null, path: "art/x.png" },
  ]);
  assert.deepEqual(placesOfPicture({ ...look, arguments: "{" }), []);
  assert.deepEqual(placesOfPicture({ ...look, tool: "history", arguments: '{"path":"x"}' }), []);
});

test("places count from the model's last answer on; what was told and taken back was not told", () => {
  const files = createToldFiles();
  let seq = 0;
  const add = (event: ThreadEvent): void => files.add({ ...event, seq: seq++, at: "" });
  const told = (sha256: string): ToldFile => ({
    kind: "instructions",
    path: "/w/a/AGENTS.md",
    sha256,
    bytes: 1,
    used_bytes: 1,
  });
  const tell = (sha256: string): ThreadEvent => ({
    type: "input.added",
    role: "developer",
    content: [],
    told: [told(sha256)],
  });
  const run = (origin?: "check"): ThreadEvent => ({
    type: "item.started",
    item: { ...command("ls a"), ...(origin === undefined ? {} : { origin }) },
  });
  add(run());
  assert.equal(files.entered().length, 3);
  add({ type: "model.completed", model: "m", output: [], usage: noUsage() });
  assert.deepEqual(files.entered(), []);
  add(run("check"));
  assert.deepEqual(files.entered(), [], "what fettle checks is no work of the model's");
  add(tell("one"));
  const turn = seq;
  add(run());
  add(tell("two"));
  assert.equal(files.latest("instructions").get("/w/a/AGENTS.md")?.sha256, "two");
  assert.equal(files.latest("skill").size, 0);
  add({ type: "thread.rewound", to_seq: turn, turn: 2 });
  assert.equal(files.latest("instructions").get("/w/a/AGENTS.md")?.sha256, "one");
  assert.deepEqual(files.entered(), []);
});
