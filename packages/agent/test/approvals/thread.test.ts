import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Answer, Approver, Question } from "../../src/approvals/types.ts";
import { commands, done, input, openThread as open, shell } from "./open-thread.ts";

/* A thread as a program has it: the approver is a function, and the level is changed by a call. */

test("a function answers; the level it sets holds from the next command on", async (t) => {
  const asked: string[] = [];
  const { thread, events } = await open(
    t,
    [shell("rm -rf a"), shell("echo b > b"), shell("cat b"), done],
    async (item) => {
      asked.push(item.subject.kind === "command" ? item.subject.command : item.subject.kind);
      thread.setAutonomy("suggest");
      return asked.length === 1
        ? { choice: "once", by: "program" }
        : { choice: "no", by: "program", message: "enough" };
    },
  );
  const { end } = await thread.run(input);
  assert.equal(end.type, "completed");
  assert.deepEqual(asked, ["rm -rf a", "echo b > b"]);
  assert.deepEqual(
    commands(events).map((item) => item.error ?? item.exit_code),
    [0, "the user's answers say no: enough", 1],
  );
  const changes = events.filter((event) => event.type === "autonomy.changed");
  assert.deepEqual(
    changes.map(({ level }) => level),
    ["suggest"],
  );
});

test("an approver that fails is a no with its reason; one that never answers is ended by an interrupt", async (t) => {
  const failing = await open(t, [shell("rm -rf a"), done], async () => {
    throw new Error("the phone is off");
  });
  await failing.thread.run(input);
  assert.match(commands(failing.events)[0]?.error ?? "", /could not be asked: the phone is off/);

  const silent = await open(t, [shell("rm -rf a"), done], (_item, signal) => {
    setImmediate(() => silent.thread.interrupt());
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("too late"))));
  });
  const { end } = await silent.thread.run(input);
  assert.equal(end.type === "failed" && end.failure.code, "interrupted");
  assert.equal(commands(silent.events)[0]?.error, "interrupted");
});

test("questions come one at a time, and what the first answer settles is not asked again", async (t) => {
  let open_ = 0;
  let most = 0;
  let asked = 0;
  const { thread } = await open(t, [done], async () => {
    asked += 1;
    most = Math.max(most, ++open_);
    await new Promise((resolve) => setImmediate(resolve));
    open_ -= 1;
    return { choice: "thread", by: "program" };
  });
  await thread.run(input);
  const request = (host: string) => thread.network.ask({ host, port: 443, protocol: "connect", method: null });
  assert.deepEqual(await Promise.all([request("a.test"), request("a.test"), request("b.test")]), [true, true, true]);
  assert.deepEqual([most, asked], [1, 2]);
});

const rule = (prefix: string, more = ""): string => `[[rule]]\nprefix = ${prefix}\ndecision = "allow"\n${more}`;
const always = (proposal: string): Answer => ({ choice: "always", by: "program", proposal });

/** Answers with these, one after the other, and keeps what was asked. */
const saying = (answers: readonly Answer[]): { approver: Approver; asked: Question[] } => {
  const asked: Question[] = [];
  return {
    asked,
    approver: async (question) => {
      asked.push(question);
      return answers[asked.length - 1] ?? { choice: "no", by: "program" };
    },
  };
};

test("a rule that was changed is judged, and asked about again before it is written", async (t) => {
  const wide = rule('["git", "branch", "-D", ["x", "y"]]');
  const outside = rule('["git", "branch", "-D", "x"]', 'run = "host"\n');
  const { approver, asked } = saying([
    always(rule('["git", "tag"]')),
    always(rule('["git branch"]')),
    always(outside),
    always(wide),
    { choice: "always", by: "program" },
  ]);
  const { thread, events, home } = await open(
    t,
    [shell("true && git branch -D x"), shell("git branch -D y"), done],
    approver,
  );
  await thread.run(input);
  const said = asked.map(({ changed }) => (changed === undefined ? "" : changed.ok ? changed.allows[0] : changed.why));
  assert.match(said[1] ?? "", /^git tag speaks of no command here$/);
  assert.match(said[2] ?? "", /more than a program/);
  assert.equal(said[3], "it would let commands run outside of the sandbox, which was not asked about");
  assert.equal(said[4], "everything that begins with: git branch -D (x|y)");
  assert.equal(asked.length, 5, "the second command needs no question any more");
  assert.equal(new Set(asked.map(({ id }) => id)).size, 1);
  assert.deepEqual([asked[3]?.proposal, asked[4]?.proposal], [asked[0]?.proposal, wide]);
  assert.equal(readFileSync(join(home, "rules.toml"), "utf8"), wide);
  const [item] = events.flatMap((event) =>
    event.type === "item.completed" && event.item.type === "approval" ? [event.item] : [],
  );
  assert.deepEqual([item?.answer, item?.proposal], [{ choice: "always", by: "program" }, wide]);
});

test("of several rules one may be left out; what the others do not cover is asked about again", async (t) => {
  const { approver, asked } = saying([
    always(rule('["rm", "-rf", "a"]', "exact = true\n")),
    { choice: "always", by: "program" },
  ]);
  const both = shell("rm -rf a; git branch -D b");
  const { thread, home } = await open(t, [both, shell("rm -rf a"), both, done], approver);
  await thread.run(input);
  assert.equal(asked[0]?.proposal?.match(/^\[\[rule\]\]$/gm)?.length, 2);
  assert.equal(asked[1]?.changed?.ok, true);
  assert.equal(asked.length, 3, "once changed, once confirmed, and the whole script again");
  assert.equal(readFileSync(join(home, "rules.toml"), "utf8").match(/^prefix/gm)?.length, 1);
});

test("who changes an answer for ever gets no", async (t) => {
  let asked = 0;
  const { thread, events, home } = await open(t, [shell("rm -rf a"), done], async () => {
    asked += 1;
    return always(rule(`["rm", "-rf", ["a", "b${asked}"]]`));
  });
  await thread.run(input);
  assert.match(commands(events)[0]?.error ?? "", /nobody is there to ask: the answer was changed again and again/);
  assert.ok(asked < 100 && !existsSync(join(home, "rules.toml")));
});

test("always is offered where it would hold, and taken as once where it was not offered", async (t) => {
  const { approver, asked } = saying([always(rule('["mkdir"]')), { choice: "no", by: "program" }]);
  const { thread, events, home } = await open(t, [shell("mkdir a"), shell("rm -rf a"), done], approver, "suggest");
  await thread.run(input);
  assert.deepEqual(
    asked.map(({ choices }) => choices),
    Array(2).fill(["once", "thread", "no"]),
  );
  assert.equal(commands(events)[0]?.exit_code, 0);
  assert.equal(existsSync(join(home, "rules.toml")), false);
});

test("always is not offered for a form of a command that would be asked about all the same", async (t) => {
  const { approver, asked } = saying([]);
  const { thread } = await open(
    t,
    [shell("timeout 5 git push origin main"), shell("git push origin main"), done],
    approver,
  );
  await thread.run(input);
  assert.deepEqual(
    asked.map(({ choices }) => choices.includes("always")),
    [false, true],
  );
});

test("at full, where nothing is confined, what is kept does not let anything out of the sandbox at other levels", async (t) => {
  const { approver, asked } = saying([{ choice: "always", by: "program" }]);
  const gone = shell("git branch -D x");
  const { thread, home } = await open(t, [gone, gone, done], approver, "full");
  await thread.run(input);
  assert.equal(asked.length, 1);
  assert.equal(asked[0]?.subject.kind === "command" && asked[0].subject.run, "host");
  assert.doesNotMatch(readFileSync(join(home, "rules.toml"), "utf8"), /run = /);
});

test("hosts: an answer holds for its port; what always covers is said, and what is no host is asked about again", async (t) => {
  const { approver, asked } = saying([
    { choice: "thread", by: "program" },
    { choice: "no", by: "program" },
    always("other.test"),
    always("a.test:99999"),
    always("  *.TEST "),
    { choice: "always", by: "program" },
  ]);
  const { thread, home } = await open(t, [done], approver);
  await thread.run(input);
  const request = (port: number) => thread.network.ask({ host: "a.test", port, protocol: "connect", method: null });
  assert.deepEqual([await request(8443), await request(8443), await request(5432)], [true, true, false]);
  assert.equal(await request(443), true);
  const said = asked.flatMap(({ changed }) => (changed === undefined ? [] : changed.ok ? changed.allows : changed.why));
  assert.deepEqual(said, [
    "it does not allow a.test:443, which was asked about",
    '"a.test:99999" names the port 99999, but ports go from 1 to 65535',
    "connections to *.test:80 and *.test:443",
  ]);
  assert.deepEqual(
    asked.slice(0, 3).map(({ proposal }) => proposal),
    ["a.test:8443", "a.test:5432", "a.test"],
  );
  assert.equal(readFileSync(join(home, "allowed-hosts"), "utf8"), "*.test\n");
});
