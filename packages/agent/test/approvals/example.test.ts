import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Approver } from "../../src/approvals/types.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { commands, done, input, openThread, shell } from "./open-thread.ts";

const docs = readFileSync(join(import.meta.dirname, "../../../../docs/approvals.md"), "utf8");

test("the approver in the documentation does what is said of it", async (t) => {
  const code = /```ts\n([^`]*Approver[^`]*)```/.exec(docs)?.[1];
  assert.ok(code);
  const path = join(temporaryFolder(t), "approver.ts");
  writeFileSync(path, code);
  const { approver } = (await import(pathToFileURL(path).href)) as { approver: Approver };
  const { thread, events, home } = await openThread(
    t,
    [shell("rm -rf build"), shell("rm -rf build src"), done],
    approver,
  );
  await thread.run(input);
  assert.deepEqual(
    commands(events).map((item) => item.error ?? item.exit_code),
    [0, "the user's answers say no: only build may be deleted"],
  );
  const reach = (host: string) => thread.network.ask({ host, port: 443, protocol: "connect", method: null });
  assert.deepEqual([await reach("a.example.org"), await reach("a.example.com")], [true, false]);
  assert.equal(readFileSync(join(home, "allowed-hosts"), "utf8"), "*.example.org\n");
});
