import { type ChildProcess, spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/* The protocol's own conformance program, run over the real fettle: as a client, and (behind a bridge to HTTP) as a server. */

const program = resolve(import.meta.dirname, "../../node_modules/@modelcontextprotocol/conformance/dist/index.js");
const programs = join(import.meta.dirname, "programs");
/** The newest version of the protocol that fettle speaks. */
const protocol = "2025-11-25";
const patienceMs = 120_000;

export type Verdict = {
  readonly passed: number;
  /** What failed, or was warned of. */
  readonly wrong: readonly string[];
};

type Check = { id: string; status: string; errorMessage?: string; description: string };

const verdictIn = (folder: string): Verdict => {
  const checks = globSync("**/checks.json", { cwd: folder }).flatMap(
    (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Check[],
  );
  return {
    passed: checks.filter(({ status }) => status === "SUCCESS").length,
    wrong: checks
      .filter(({ status }) => status === "FAILURE" || status === "WARNING")
      .map(({ id, errorMessage, description }) => `${id}: ${errorMessage ?? description}`),
  };
};

/** Resolves with the exit code, and rejects when the program does not end. */
const finished = (child: ChildProcess): Promise<number | null> => {
  const { promise, resolve: done, reject } = Promise.withResolvers<number | null>();
  const late = setTimeout(() => {
    child.kill("SIGKILL");
    reject(new Error("the conformance program does not end"));
  }, patienceMs);
  child.once("exit", (code) => done(code));
  child.once("error", reject);
  return promise.finally(() => clearTimeout(late));
};

const run = async (args: readonly string[]): Promise<Verdict> => {
  const folder = mkdtempSync(join(tmpdir(), "fettle-conformance-results-"));
  try {
    const child = spawn(process.execPath, [program, ...args, "-o", folder], { cwd: folder, stdio: "ignore" });
    await finished(child);
    return verdictIn(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** One scenario with fettle as the client. */
export const runClientScenario = (scenario: string): Promise<Verdict> => {
  const command = `"${process.execPath}" "${join(programs, "conformance-client.ts")}"`;
  const version = ["--spec-version", protocol, "--force"];
  return run(["client", "--command", command, "--scenario", scenario, "--timeout", String(patienceMs / 2), ...version]);
};

/** One scenario with `fettle mcp serve` as the server. */
export const runServerScenario = async (scenario: string): Promise<Verdict> => {
  const bridge = spawn(process.execPath, [join(programs, "http-bridge.ts")], { stdio: ["pipe", "pipe", "inherit"] });
  const { promise: url, resolve: listens, reject } = Promise.withResolvers<string>();
  bridge.stdout.setEncoding("utf8").once("data", (text: string) => listens(text.trim()));
  bridge.once("exit", (code) => reject(new Error(`the bridge ended with exit code ${code}`)));
  try {
    return await run(["server", "--url", await url, "--scenario", scenario, "--spec-version", protocol]);
  } finally {
    bridge.stdin.end();
  }
};

/** What a client of this version can be asked, without extensions that nobody has to have. */
export const clientScenarios = [
  ...["initialize", "tools_call", "elicitation-sep1034-client-defaults", "sse-retry"],
  ...["json-schema-2020-12-preservation", "json-schema-ref-no-deref"],
  ...["metadata-default", "metadata-var1", "metadata-var2", "metadata-var3", "scope-from-www-authenticate"].map(login),
  ...["scope-from-scopes-supported", "scope-omitted-when-undefined", "scope-step-up", "scope-retry-limit"].map(login),
  ...["token-endpoint-auth-basic", "token-endpoint-auth-post", "token-endpoint-auth-none"].map(login),
  ...["pre-registration", "2025-03-26-oauth-metadata-backcompat", "2025-03-26-oauth-endpoint-fallback"].map(login),
  ...["resource-mismatch", "offline-access-scope", "offline-access-not-supported"].map(login),
  ...["authorization-server-migration", "iss-supported", "iss-not-advertised", "iss-supported-missing"].map(login),
  ...["iss-wrong-issuer", "iss-unexpected", "iss-normalized", "metadata-issuer-mismatch"].map(login),
];

/** What a server without the program's own test tools can be asked. */
export const serverScenarios = ["server-initialize", "ping", "tools-list"];

function login(name: string): string {
  return `auth/${name}`;
}
