import type { AgentsConfig } from "../config/agent-schema.ts";
import type { Effort } from "../model.ts";

/** What a helper is for. */
export type Role = {
  readonly name: string;
  /** What the model reads when it chooses one. */
  readonly description: string;
  readonly instructions: string;
  readonly readOnly: boolean;
  /** Undefined: as the thread that it helps. */
  readonly model: string | undefined;
  readonly effort: Effort | undefined;
};

const helper = `You are a helper: another fettle gave you one part of its task and reads your last message, nothing else. Do that part alone. Nobody answers questions: decide, and say what you decided. End with a short report: what you found or did (path:line), what you ran and saw, what is left.`;

const builtIn = (
  name: string,
  rest: Pick<Role, "description" | "instructions" | "readOnly"> & Partial<Role>,
): Role => ({
  name,
  model: undefined,
  effort: undefined,
  ...rest,
});

const builtIns: readonly Role[] = [
  builtIn("explorer", {
    description: "finds things out in the code; changes nothing",
    instructions:
      "Your part is to find out. Search widely, then read what matters. Report facts with path:line, quote the lines that decide, and say what you looked for and did not find. Change nothing.",
    readOnly: true,
    effort: "low",
  }),
  builtIn("implementer", {
    description: "makes one well-described change in a copy of the workspace",
    instructions:
      "Your part is one change. You work in a copy of the workspace; what you change is merged when you are done, so stay inside what you were asked, or it collides with the work of others. Run what proves the change.",
    readOnly: false,
  }),
  builtIn("tester", {
    description: "writes and runs tests in a copy of the workspace",
    instructions:
      "Your part is testing. Write tests that fail when the behaviour is wrong, run them, and report what passed and what failed as you saw it. Do not change what is tested; report its faults. You work in a copy of the workspace; the tests are merged when you are done.",
    readOnly: false,
  }),
  builtIn("reviewer", {
    description: "looks for faults in a change or a part of the code; changes nothing",
    instructions:
      "Your part is review. Read the change and what it touches. Report only faults that you can show: what goes wrong, for which input, at which path:line, the gravest first. Say so when you found none. Change nothing.",
    readOnly: true,
    effort: "high",
  }),
];

const isRole = (value: unknown): value is NonNullable<AgentsConfig[string]> & object =>
  typeof value === "object" && value !== null;

/** The built-in roles with the configured ones over them, each with the instructions of helpers in front. */
export const rolesOf = (config: AgentsConfig | undefined): ReadonlyMap<string, Role> => {
  const roles = new Map(builtIns.map((role) => [role.name, role]));
  for (const [name, own] of Object.entries(config ?? {})) {
    if (!isRole(own)) continue;
    const before = roles.get(name);
    const description = own.description ?? before?.description ?? "a role of the user's";
    roles.set(name, {
      name,
      description,
      instructions: own.instructions ?? before?.instructions ?? description,
      readOnly: own.read_only ?? before?.readOnly ?? false,
      model: own.model ?? before?.model,
      effort: own.effort ?? before?.effort,
    });
  }
  return new Map(
    [...roles].map(([name, role]) => [name, { ...role, instructions: `${helper}\n${role.instructions}` }]),
  );
};
