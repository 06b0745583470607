import type { CommandWord } from "../shell/command-words.ts";
import { type BuiltInRule, builtInRule } from "./built-in-rule.ts";

/* Databases, the machine as a whole, and what lives elsewhere. */

const dropping =
  /\bdrop\s+(?:database|schema|table|keyspace|owned|role|user|tablespace)\b|\btruncate\s+(?:table\s+)?["`\w]/i;
const takesStatement = /^(?:-[a-zA-Z]*[ceq]|--(?:command|execute|query|eval))$/;

/** Says a statement that fits, or one that is not known. */
const says = (words: readonly CommandWord[], pattern: RegExp): boolean =>
  words.some((word, index) => {
    if (word.value !== null) return pattern.test(word.value);
    const attached = /^--(?:command|execute|query|eval)=/.test(word.shown);
    return pattern.test(word.shown) || attached || takesStatement.test(words[index - 1]?.value ?? "");
  });

const destructive: Readonly<Record<string, readonly string[]>> = {
  terraform: ["destroy"],
  tofu: ["destroy"],
  kubectl: ["delete"],
  helm: ["uninstall", "delete"],
  docker: ["system prune", "volume rm", "volume prune"],
  podman: ["system prune", "system reset", "volume rm", "volume prune"],
  npm: ["unpublish"],
  gh: ["repo delete", "release delete"],
};

const firstWords =
  (...wanted: readonly string[]) =>
  ({ words }: { readonly words: readonly CommandWord[] }): boolean => {
    const isOption = (word: CommandWord | undefined): boolean => word?.value?.startsWith("-") === true;
    const plain = words.filter((word) => !isOption(word)).map((word) => word.value ?? "");
    // What stands behind an option may be its value: `kubectl --context dev delete`.
    const unvalued = words.filter((word, index) => !isOption(word) && !isOption(words[index - 1]));
    return [plain, unvalued.map((word) => word.value ?? "")].some((given) =>
      wanted.some((one) => one.split(" ").every((word, index) => given[index] === word)),
    );
  };

export const systemRules: readonly BuiltInRule[] = [
  builtInRule({
    name: "drop a database",
    decision: "ask",
    precision: 2,
    reason: "deletes a database, a table or a role",
    programs: "psql mysql mariadb sqlite3 sqlcmd cqlsh cockroach clickhouse-client duckdb",
    test: ({ words }) => says(words, dropping),
    match: [
      "psql -c 'DROP DATABASE app'",
      "mysql -e 'drop table t'",
      'psql -c "drop schema $S cascade"',
      'psql -c "$SQL"',
    ],
    notMatch: ["psql -c 'select 1'", "mysql app -e 'show tables'", "psql $URL"],
  }),
  builtInRule({
    name: "delete a database",
    decision: "ask",
    precision: 1,
    reason: "deletes a database or a role",
    programs: "dropdb dropuser",
    test: () => true,
    match: ["dropdb app", "dropdb --if-exists app"],
    notMatch: ["createdb app"],
  }),
  builtInRule({
    name: "empty a database",
    decision: "ask",
    precision: 2,
    reason: "deletes all that a database holds",
    programs: "redis-cli valkey-cli keydb-cli mongo mongosh mysqladmin",
    test: ({ words }, program) => {
      if (program === "mysqladmin") return words.some((word) => word.value === "drop");
      return says(words, program.startsWith("mongo") ? /dropDatabase|\.drop\(/ : /^flush(?:all|db)$/i);
    },
    match: [
      "redis-cli flushall",
      "redis-cli -n 1 FLUSHDB",
      "mongosh --eval 'db.dropDatabase()'",
      "mysqladmin drop app",
    ],
    notMatch: ["redis-cli get key", "mongosh --eval 'db.stats()'", "mysqladmin status"],
  }),
  builtInRule({
    name: "stop the machine",
    decision: "ask",
    precision: 1,
    reason: "stops or restarts the machine",
    programs: "shutdown reboot halt poweroff",
    test: () => true,
    match: ["shutdown -h now", "reboot", "/sbin/poweroff"],
    notMatch: ["echo reboot"],
  }),
  builtInRule({
    name: "stop the machine through init",
    decision: "ask",
    precision: 2,
    reason: "stops or restarts the machine",
    programs: "systemctl loginctl init telinit",
    test: (args, program) =>
      program.endsWith("ctl")
        ? firstWords("poweroff", "reboot", "halt", "kexec", "suspend", "hibernate", "rescue", "emergency")(args)
        : firstWords("0", "1", "6")(args),
    match: ["systemctl reboot", "init 0", "systemctl --force poweroff"],
    notMatch: ["systemctl status nginx", "init"],
  }),
  builtInRule({
    name: "end all processes",
    decision: "ask",
    precision: 2,
    reason: "ends every process that it can",
    programs: "kill killall5",
    test: ({ words }, program) =>
      program === "killall5" || words.some((word, index) => index > 0 && word.value === "-1"),
    match: ["kill -9 -1", "kill -- -1", "killall5 -9"],
    notMatch: ["kill 123", "kill -1 123", "kill -9 $PID"],
  }),
  builtInRule({
    name: "delete what lives elsewhere",
    decision: "ask",
    precision: 2,
    reason: "deletes things that no undo brings back",
    programs: "terraform tofu kubectl helm docker podman npm gh crontab",
    test: (args, program) => {
      if (program === "crontab") return args.options.includes("-r");
      return firstWords(...(destructive[program] ?? []))(args);
    },
    triggers: ({ words }, program) => {
      const named = new Set((destructive[program] ?? []).flatMap((one) => one.split(" ")));
      return program === "crontab" ? words : words.filter(({ value }) => named.has(value ?? ""));
    },
    match: [
      "terraform destroy",
      "kubectl delete pod x",
      "kubectl --context dev delete pod x",
      "docker system prune -af",
      "npm unpublish x",
      "crontab -r",
    ],
    notMatch: ["terraform plan", "kubectl get pods", "docker ps", "npm publish", "crontab -l"],
  }),
];
