import {
  clientScenarios,
  runClientScenario,
  runServerScenario,
  serverScenarios,
  type Verdict,
} from "../conformance.ts";

/* `npm run conformance [-- SCENARIO…]`: every scenario that applies, one line each. */

const asked = process.argv.slice(2);
const isAsked = (scenario: string): boolean => asked.length === 0 || asked.includes(scenario);
let bad = 0;

const tell = (scenario: string, { passed, wrong }: Verdict): void => {
  const isRight = passed > 0 && wrong.length === 0;
  if (!isRight) bad += 1;
  console.log(`${isRight ? "✔" : "✖"} ${scenario}: ${passed} passed${wrong.map((one) => `\n    ${one}`).join("")}`);
};

for (const scenario of clientScenarios.filter(isAsked)) tell(`client ${scenario}`, await runClientScenario(scenario));
for (const scenario of serverScenarios.filter(isAsked)) tell(`server ${scenario}`, await runServerScenario(scenario));
process.exitCode = bad === 0 ? 0 : 1;
