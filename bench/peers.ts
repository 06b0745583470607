import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a program is given for one run. */
export type RunPlace = {
  /** Its HOME, kept between its runs. */
  readonly home: string;
  /** The repository it works in. */
  readonly repository: string;
  /** The scripted model's base URL for this run, without a version. */
  readonly url: string;
  readonly prompt: string;
  /** The model's context window in tokens, when it is to be a small one; compaction is to begin at four fifths of it. */
  readonly window?: number;
};

export type Start = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it reads from standard input, which stays open until the work is done; nothing when absent. */
  readonly input?: string;
};

/** A program that is measured. */
export type Peer = {
  readonly name: string;
  /** The command for one headless run; writes the configuration it needs under `place.home`. */
  start(place: RunPlace): Start;
  /** The program alone, for `--version` and `--help`; absent for floors. */
  readonly program?: readonly string[];
  /** It does not try again after a failure. */
  readonly noRetries?: boolean;
};

const key = "not-a-key-only-the-scripted-model-sees-it";

const put = (path: string, content: string | object): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
};

const floorProgram = join(import.meta.dirname, "floor.mjs");

const floor = (name: string, node: string, wrap: (place: RunPlace) => string[]): Peer => ({
  name,
  noRetries: true,
  start: (place) => ({
    argv: [node, floorProgram, place.prompt],
    env: { FLOOR_URL: `${place.url}/v1`, FLOOR_WRAP: JSON.stringify(wrap(place)) },
  }),
});

/** The least of a sandbox: everything to read, one folder to write, no network, its own processes. */
const leastSandbox = ({ repository }: RunPlace): string[] => [
  ...["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", repository, repository],
  ...["--unshare-pid", "--unshare-net", "--die-with-parent"],
];

type SandboxMode = "workspace-write" | "danger-full-access";

const fullAt = (window: number): number => Math.floor(window * 0.8);

const windowConfig = (window: number): string =>
  `model_context_window = ${window}\nmodel_auto_compact_token_limit = ${fullAt(window)}\n`;

/** A provider in the configuration format that codex and fettle share. */
const sharedConfig = (place: RunPlace): string => `model = "mock"
model_provider = "mock"
${place.window === undefined ? "" : windowConfig(place.window)}
[model_providers.mock]
name = "mock"
base_url = "${place.url}/v1"
wire_api = "responses"
env_key = "BENCH_KEY"
`;

const fettle = (name: string, argv: readonly string[], mode: SandboxMode): Peer => ({
  name,
  program: argv,
  start: (place) => {
    put(join(place.home, ".fettle/config.toml"), sharedConfig(place));
    return { argv: [...argv, "exec", "--sandbox", mode, place.prompt], env: { BENCH_KEY: key } };
  },
});

const codex = (name: string, program: string, mode: SandboxMode): Peer => ({
  name,
  program: [program],
  start: (place) => {
    const settings = `approval_policy = "never"\nsandbox_mode = "${mode}"\ncheck_for_update_on_startup = false\n`;
    const trust = `\n[projects."${place.repository}"]\ntrust_level = "trusted"\n\n[analytics]\nenabled = false\n`;
    put(join(place.home, ".codex/config.toml"), `${settings}${sharedConfig(place)}${trust}`);
    return { argv: [program, "exec", "--json", "--skip-git-repo-check", place.prompt], env: { BENCH_KEY: key } };
  },
});

const claude = (program: string): Peer => ({
  name: "claude",
  program: [program],
  start: (place) => {
    const trusted = { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true };
    put(join(place.home, ".claude.json"), {
      hasCompletedOnboarding: true,
      bypassPermissionsModeAccepted: true,
      autoUpdates: false,
      customApiKeyResponses: { approved: [key.slice(-20)], rejected: [] },
      projects: { [place.repository]: trusted },
    });
    return {
      argv: [program, "-p", place.prompt, "--permission-mode", "bypassPermissions", "--model", "claude-sonnet-4-5"],
      env: {
        ANTHROPIC_BASE_URL: place.url,
        ANTHROPIC_API_KEY: key,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
        IS_SANDBOX: "1",
      },
    };
  },
});

const gemini = (program: string): Peer => ({
  name: "gemini",
  program: [program],
  start: (place) => {
    put(join(place.home, ".gemini/settings.json"), {
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
      security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
    });
    return {
      argv: [program, "-p", place.prompt, "--yolo", "--model", "gemini-2.5-pro"],
      env: { GOOGLE_GEMINI_BASE_URL: place.url, GEMINI_API_KEY: key, GEMINI_CLI_TRUST_WORKSPACE: "true" },
    };
  },
});

const opencode = (program: string): Peer => ({
  name: "opencode",
  program: [program],
  start: (place) => {
    put(join(place.home, ".config/opencode/opencode.json"), {
      autoupdate: false,
      share: "disabled",
      model: "mock/mock",
      small_model: "mock/mock",
      permission: { "*": "allow" },
      provider: {
        mock: {
          npm: "@ai-sdk/openai-compatible",
          options: { baseURL: `${place.url}/v1`, apiKey: key },
          models: { mock: { tool_call: true, limit: { context: 400_000, output: 4096 } } },
        },
      },
    });
    const env = { OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_DISABLE_MODELS_FETCH: "1" };
    return { argv: [program, "run", "--model", "mock/mock", place.prompt], env };
  },
});

/** What pi keeps by itself is for large windows: it would be most of a small one. */
const piCompaction = (window: number): Record<string, number> => ({
  reserveTokens: window - fullAt(window),
  keepRecentTokens: Math.floor(window * 0.15),
});

const pi = (program: string): Peer => ({
  name: "pi",
  program: [program],
  start: (place) => {
    const { window } = place;
    const model = { id: "mock", reasoning: false, input: ["text"], contextWindow: window ?? 400_000, maxTokens: 4096 };
    const provider = { baseUrl: `${place.url}/v1`, api: "openai-responses", apiKey: key, models: [model] };
    put(join(place.home, ".pi/agent/models.json"), { providers: { mock: provider } });
    put(join(place.home, ".pi/agent/settings.json"), {
      defaultProvider: "mock",
      defaultModel: "mock",
      ...(window !== undefined && { compaction: piCompaction(window) }),
    });
    const argv = [program, "-p", "--provider", "mock", "--model", "mock", place.prompt];
    return { argv, env: { PI_OFFLINE: "1", PI_SKIP_VERSION_CHECK: "1", PI_TELEMETRY: "0" } };
  },
});

/** pi as a service: with -p it does not wait for a compaction in the middle of a turn, and may end before its work. */
export const piService = (program: string): Peer => ({
  name: "pi",
  program: [program],
  start: (place) => {
    const { env } = pi(program).start(place);
    const argv = [program, "--mode", "rpc", "--provider", "mock", "--model", "mock"];
    return { argv, env, input: `${JSON.stringify({ type: "prompt", message: place.prompt })}\n` };
  },
});

export type PeerPrograms = {
  /** The Node.js that runs the floors and fettle. */
  readonly node: string;
  /** The built `bin/fettle.mjs`. */
  readonly fettle: string;
  /** The folder of the other programs' commands. */
  readonly bin: string;
};

/** Everything that can be measured; whether the other programs are installed is the caller's to find out. */
export const allPeers = ({ node, fettle: launcher, bin }: PeerPrograms): Peer[] => [
  floor("floor", node, () => []),
  floor("floor-bwrap", node, leastSandbox),
  fettle("fettle", [node, launcher], "danger-full-access"),
  fettle("fettle-ws", [node, launcher], "workspace-write"),
  codex("codex", join(bin, "codex"), "danger-full-access"),
  codex("codex-ws", join(bin, "codex"), "workspace-write"),
  claude(join(bin, "claude")),
  pi(join(bin, "pi")),
  gemini(join(bin, "gemini")),
  opencode(join(bin, "opencode")),
];
