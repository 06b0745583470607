import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import {
  refusedBaseUrl,
  type ScriptedModel,
  startScriptedModel,
} from "../../packages/agent/test/support/scripted-model.ts";
import type { ScriptedAnswer } from "../../packages/agent/test/support/scripted-steps.ts";
import { itemsOf, openScene, printed, type Scene, storedLog } from "../support/scripted-run.ts";
import { answer, assertSound, patienceMs, providerFlags, quicker, toldIn, type Wire, well } from "./sequence.ts";

/* A service that is not there, and one that comes back while a turn waits for it. */

const isAway = (event: { type: string }): boolean => JSON.stringify(event).includes("waiting for it to come back");

/** Listens where another server has listened, or will have to wait for. */
const startAt = async (t: TestContext, place: URL, steps: readonly ScriptedAnswer[]): Promise<ScriptedModel> => {
  const server = await startScriptedModel({ steps, host: place.hostname, port: Number(place.port) });
  t.after(() => server.close());
  return server;
};

/** A command that has run once it was let through, and not before. */
const gated = { calls: [{ name: "shell", arguments: { command: "cat gate >> ran.log", yield_ms: 600_000 } }] };
const openGate = (scene: Scene): Promise<void> => writeFile(join(scene.repository, "gate"), "once\n");

const assertAwayAndBack = (told: readonly string[], away: RegExp): void => {
  assert.equal(told.length, 2, told.join("\n"));
  assert.match(told[0] ?? "", away);
  assert.match(told[1] ?? "", /^the connection is back after \d[\d.]* (?:s|min)$/);
};

/** An address of this machine that is none of its loopback; there the network seems to be away until something listens. */
const ownAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

describe("outages", { concurrency: 3 }, () => {
  for (const wire of ["responses", "chat", "anthropic", "gemini"] as const)
    test(`${wire}: a server of this machine that is not there is told at once`, async (t) => {
      const scene = await openScene(t);
      const done = await scene.exec([...providerFlags(await refusedBaseUrl(), wire), "--json", "go"], quicker);
      assert.equal(done.code, 1);
      assert.deepEqual(toldIn(done.events()).length, 1);
      assert.match(toldIn(done.events())[0] ?? "", /^nothing listens at http:\S+: is the server running there\?$/);
      await assertSound(scene, done);
    });

  for (const wire of ["responses", "anthropic"] satisfies Wire[])
    test(`${wire}: a server of this machine that restarts in the middle of a turn is waited for`, async (t) => {
      const scene = await openScene(t, { steps: [gated] });
      execFileSync("mkfifo", [join(scene.repository, "gate")]);
      const run = scene.start([...providerFlags(scene.server.baseUrl, wire), "--json", "go"], quicker);
      await printed(run, ({ type }) => type === "item.started");
      await scene.server.close();
      await openGate(scene);
      await printed(run, isAway);
      const second = await startAt(t, new URL(scene.server.url), [well]);
      const done = await run.finished;
      assert.equal(done.code, 0, done.stderr);
      assertAwayAndBack(toldIn(done.events()), /^nothing listens at http:\S+: .*; waiting for it to come back$/);
      assert.deepEqual(
        itemsOf(done.events(), "agent_message").map(({ text }) => text),
        [answer],
      );
      assert.equal(readFileSync(join(scene.repository, "ran.log"), "utf8"), "once\n");
      assert.equal(second.requests.length, 1);
      await assertSound(scene, done);
    });

  test("a server that does not come back is not waited for without end", async (t) => {
    const scene = await openScene(t, { steps: [gated] });
    execFileSync("mkfifo", [join(scene.repository, "gate")]);
    const flags = providerFlags(scene.server.baseUrl, "chat", "request_max_retries=2");
    const run = scene.start([...flags, "--json", "go"], quicker);
    await printed(run, ({ type }) => type === "item.started");
    await scene.server.close();
    await openGate(scene);
    const done = await run.finished;
    assert.equal(done.code, 1);
    assert.match(toldIn(done.events())[1] ?? "", /^nothing listens at http:\S+: is the server running there\?$/);
    assert.equal(toldIn(done.events()).length, 2);
    await assertSound(scene, done);
  });

  const address = ownAddress();
  const skip = address === undefined ? "this machine has only its loopback" : false;
  test("a network that is away at the first request is waited for until it is back", { skip }, async (t) => {
    const scene = await openScene(t);
    // The port of a server that was ended is free on every address.
    const place = new URL(scene.server.url);
    place.hostname = address ?? "";
    const run = scene.start(
      [...providerFlags(`${place.origin}/v1`, "responses"), "-s", "read-only", "--json", "go"],
      quicker,
    );
    await printed(run, isAway);
    await startAt(t, place, [well]);
    const done = await run.finished;
    assert.equal(done.code, 0, done.stderr);
    assertAwayAndBack(toldIn(done.events()), /^nothing listens at http:.*; waiting for it to come back$/);
    await assertSound(scene, done);
  });

  test("request_max_retries bounds that", { skip }, async (t) => {
    const scene = await openScene(t);
    const place = new URL(scene.server.url);
    place.hostname = address ?? "";
    const flags = providerFlags(`${place.origin}/v1`, "gemini", "request_max_retries=1");
    const done = await scene.exec([...flags, "--json", "go"], quicker);
    assert.equal(done.code, 1);
    assert.equal(toldIn(done.events()).length, 2);
    await assertSound(scene, done);
  });

  test("a name that there is not ends the turn soon, or an interrupt does where names cannot be asked for", async (t) => {
    const scene = await openScene(t);
    const run = scene.start([...providerFlags("http://models.invalid/v1", "chat"), "--json", "go"], quicker);
    const waits = await printed(run, isAway).then(
      () => true,
      () => false,
    );
    if (waits) run.child.kill("SIGINT");
    const done = await run.finished;
    assert.equal(done.code, waits ? 130 : 1, done.stderr);
    const told = waits
      ? /^(?:the host of http:\/\/models\.invalid\/v1 cannot be found|there is no host models\.invalid)/
      : /^there is no host models\.invalid; check base_url and the network/;
    assert.match(toldIn(done.events())[0] ?? "", told);
    const last = storedLog(scene.home).at(-1);
    assert.equal(last?.type === "turn.failed" && last.error.code, waits ? "interrupted" : "unreachable");
  });

  test("a connection that is never made", async (t) => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => sockets.add(socket.on("error", () => {})));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      mute.close();
    });
    const scene = await openScene(t);
    // TLS begins with an answer that never comes.
    const { port } = mute.address() as { port: number };
    const keys = "stream_idle_timeout_ms=900,request_max_retries=0";
    const begun = performance.now();
    const done = await scene.exec([
      ...providerFlags(`https://127.0.0.1:${port}/v1`, "responses", keys),
      "--json",
      "go",
    ]);
    assert.ok(performance.now() - begun < patienceMs);
    assert.equal(done.code, 1);
    assert.match(toldIn(done.events())[0] ?? "", /^https:\S+ did not accept a connection within 0\.9 s$/);
    await assertSound(scene, done);
  });

  test("https where http is spoken", async (t) => {
    const scene = await openScene(t);
    const place = scene.server.baseUrl.replace("http:", "https:");
    const done = await scene.exec([...providerFlags(place, "anthropic"), "--json", "go"], quicker);
    assert.equal(done.code, 1);
    assert.match(toldIn(done.events())[0] ?? "", /^https:\S+ does not speak TLS as it should .*http or https\?$/);
    assert.equal(toldIn(done.events()).length, 1);
    await assertSound(scene, done);
  });

  test("as text, each fault is one line on standard error", async (t) => {
    const scene = await openScene(t, {
      steps: [{ text: "All is", fault: { type: "cut" } }, { fault: { type: "status", status: 503 } }, well],
    });
    const done = await scene.exec(
      [...providerFlags(scene.server.baseUrl, "responses"), "-s", "read-only", "go"],
      quicker,
    );
    assert.deepEqual([done.code, done.stdout], [0, `${answer}\n`]);
    const lines = done.stderr.split("\n").filter((line) => line.startsWith("! "));
    assert.equal(lines.length, 2, done.stderr);
    assert.doesNotMatch(done.stderr, /All is/);
  });
});
