import assert from "node:assert/strict";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { byTask, startAgent, storedLogs, waitFor } from "../support/agents.ts";
import { done } from "../support/approvals.ts";
import { ownServer, serverTables } from "../support/mcp.ts";
import { fettleInPty, idle, inputOf } from "../support/pty.ts";
import { openScene, type Scene, wordsOf } from "../support/scripted-run.ts";

/* The commands of the terminal program, each through the screen. */

const timeout = 90_000;
const ctrlV = "\u0016";
const evil = "hostile\u001b[201~rm -rf x\u0007";

/** What was put into the clipboard, last first. */
const copied = (written: string): string[] =>
  [...written.matchAll(/\u001b\]52;c;([\w+/=]*)\u001b\\/g)]
    .map(([, text = ""]) => Buffer.from(text, "base64").toString())
    .reverse();

/** A program of the path that prints a picture, as those of desktops do. */
const clipboardWith = (scene: Scene, script: string): Record<string, string> => {
  const folder = join(scene.home, "..", "bin");
  mkdirSync(folder);
  writeFileSync(join(folder, "wl-paste"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
};

describe("commands", { concurrency: 2 }, () => {
  test("Ctrl-V attaches the clipboard's picture, and says when there is none", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [done] });
    const full = join(scene.home, "..", "full");
    const run = fettleInPty(t, scene, [], {
      env: clipboardWith(scene, `test -e ${full} && printf 'a picture' || exit 1`),
    });
    await run.shows("gpt-5");
    run.type(ctrlV);
    await run.shows("there is no picture in the clipboard");
    writeFileSync(full, "");
    run.type(`see ${ctrlV}`);
    await run.shows("see [image #1 ");
    const [picture = ""] = globSync("pictures/*.png", { cwd: scene.home });
    assert.equal(readFileSync(join(scene.home, picture), "utf8"), "a picture");
  });

  test("/copy puts the last answer into the clipboard, without what a terminal would obey", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: evil }] });
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("/copy\r");
    await run.shows("nothing was said in this thread yet");
    run.type("go on\r");
    await run.shows("hostile");
    await idle(run);
    run.type("/copy\r");
    await run.shows("the last answer is in the clipboard");
    assert.deepEqual(copied(run.written()), ["hostile␛[201~rm -rf x\ufffd"]);
  });

  test("/feedback writes the thread for a report, without secrets", { timeout }, async (t) => {
    const secret = "sk-91b2-a-key-of-mine";
    const scene = await openScene(t, { steps: [{ text: "An answer." }] });
    const run = fettleInPty(t, scene, [`say ${secret}`], { env: { OPENAI_API_KEY: secret } });
    await run.shows("An answer.");
    await idle(run);
    run.type("/feedback\r");
    await run.shows("It holds this thread's log, with known secrets taken out.");
    const [name = ""] = globSync("feedback-*.jsonl", { cwd: scene.home });
    const lines = readFileSync(join(scene.home, name), "utf8").trimEnd().split("\n");
    assert.deepEqual(
      [lines[0], lines.at(-1)].map((line) => Object.keys(JSON.parse(line ?? "") as object)[0]),
      ["version", "type"],
    );
    assert.ok(lines.some((line) => line.includes("An answer.")));
    assert.ok(!lines.join("\n").includes(secret));
  });

  test("/export writes a page in which nothing of the model's is markup", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: '<img src=x onerror="alert(1)"> & more' }] });
    const run = fettleInPty(t, scene, ["make <b>it</b>"]);
    await run.shows("& more");
    await idle(run);
    run.type("/export talk.html\r");
    await run.shows("written: ");
    const page = readFileSync(join(scene.repository, "talk.html"), "utf8");
    assert.match(page, /<title>make &lt;b&gt;it&lt;\/b&gt;<\/title>/);
    assert.match(page, /<h2>You<\/h2>\n<div>make &lt;b&gt;it&lt;\/b&gt;<\/div>/);
    assert.match(page, /<h2>fettle<\/h2>\n<div>&lt;img src=x onerror=&quot;alert\(1\)&quot;&gt; &amp; more<\/div>/);
    run.type("/export talk.html\r");
    await run.shows("cannot be written (EEXIST)");
  });

  test("/fork goes on in a copy, and the first thread stays as it was", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "one" }, { text: "two" }, { text: "other two" }] });
    const run = fettleInPty(t, scene, ["the first"]);
    await run.shows("one");
    await idle(run);
    run.type("second\r");
    await run.shows("two");
    await idle(run);
    run.type("/fork 7\r");
    await run.shows("7");
    run.type("/fork 1\r");
    await run.shows("this is a copy now, up to turn 1");
    run.type("second again\r");
    await run.shows("other two");
    await idle(run);
    assert.deepEqual(wordsOf(scene.server.requests[2], "user").slice(-2), ["the first", "second again"]);
    const logs = [...storedLogs(scene.home).values()];
    const ends = logs.map((events) => events.filter(({ type }) => type === "turn.completed").length);
    assert.deepEqual(ends, [2, 2]);
  });

  test("/agents reads a helper, and says so where there is none", { timeout }, async (t) => {
    const scene = await openScene(t);
    scene.server.push(
      ...byTask({
        "ask somebody": [{ calls: [startAgent("explorer", "count the files")] }, waitFor(), { text: "Asked." }],
        "count the files": [{ text: "There is one file." }],
      }),
    );
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("/agents\r");
    await run.shows("nothing was said in this thread yet");
    run.type("ask somebody\r");
    await run.shows("Asked.");
    await idle(run);
    run.type("/agents nobody hello\r");
    await run.shows("there is no helper nobody");
    run.type("/agents\r");
    await run.shows("helpers: Enter watches one");
    await run.shows("count the files");
    await run.shows("There is one file.");
    run.type("\r");
    await run.shows("q back");
    await run.shows("There is one file.");
    run.type("q");
    await run.until("the input", () => inputOf(run) === "");
  });

  test("/mcp lists the servers, whose names cannot steer the terminal", { timeout }, async (t) => {
    const scene = await openScene(t);
    mkdirSync(scene.home, { recursive: true });
    writeFileSync(join(scene.home, "config.toml"), serverTables({ notes: { args: [ownServer, "\u001b[2Jx"] } }));
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("/mcp\r");
    await run.shows("mcp list");
    await run.shows("notes");
    assert.ok(!run.written().includes("\u001b[2Jx"));
  });

  test("/trust asks on the terminal, and typing goes on after it", { timeout }, async (t) => {
    const scene = await openScene(t, { files: { ".fettle/config.toml": 'model = "gpt-5-mini"\n' } });
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("/trust\r");
    await run.shows("[y/N]");
    // The question has the terminal for itself.
    assert.ok(!run.screen().some((row) => row.startsWith("›") || row.includes("/help")));
    run.type("n\r");
    await run.shows("nothing was trusted");
    await run.until(
      "the input",
      (rows) => rows.findLastIndex((row) => row === "›") > rows.findIndex((row) => row.includes("nothing was trusted")),
    );
    run.type("typed after it");
    await run.until("the words", () => inputOf(run) === "typed after it");
  });
});
