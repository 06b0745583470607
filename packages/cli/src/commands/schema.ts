import { eventJsonSchema } from "@fettle/protocol";

/** `fettle schema`: the JSON Schema of one line of `exec --json`. */
export const schema = async (): Promise<number> => {
  process.stdout.write(`${JSON.stringify(eventJsonSchema(), null, 2)}\n`);
  return 0;
};
