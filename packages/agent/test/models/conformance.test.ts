import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { services } from "../support/services.ts";
import { features, observe } from "./conformance/features.ts";

/*
 * Every feature at every service, over real HTTP in the service's own format. What is seen is the table in
 * docs/models.md: the last test fails, with the table as it should be, when that says something else.
 */

const seen = new Map<string, string>();

for (const feature of features) {
  for (const service of services) {
    test(`${feature.name}: ${service.title}`, async () => {
      seen.set(`${feature.name}/${service.title}`, await observe(feature, service));
    });
  }
}

test("the table in docs/models.md is what these tests see", () => {
  const titles = services.map(({ title }) => title);
  const rows = features.map(({ name }) => [name, ...titles.map((title) => seen.get(`${name}/${title}`) ?? "fails")]);
  const lines = [["", ...titles], ["", ...titles].map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  const docs = readFileSync(new URL("../../../../docs/models.md", import.meta.url), "utf8");
  const table = /<!-- conformance -->\n(.*?)\n<!-- end -->/s.exec(docs)?.[1] ?? "";
  assert.equal(table, lines.join("\n"), `the table should be:\n${lines.join("\n")}\n`);
});
