import { loadShellAnalysis } from "@fettle/workspace";
import { createRuleBook } from "../../../src/approvals/rule-book.ts";

/* A process that adds rules, as a run does when "always" is answered: write-rules.ts HOME NAME COUNT */

const [home = "", name = "", count = ""] = process.argv.slice(2);
await loadShellAnalysis();
process.stdout.write("ready\n");
for await (const _ of process.stdin) break;
const book = createRuleBook({ home, root: home }, () => {});
for (let round = 0; round < Number(count); round += 1) {
  const rule = `[[rule]]\nprefix = ["tool", "${name}-${round}"]\ndecision = "allow"\nmatch = ["tool ${name}-${round}"]\n`;
  const problem = await book.add(rule);
  if (problem !== null) throw new Error(problem);
}
