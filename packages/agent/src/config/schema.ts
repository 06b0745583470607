import { autonomyLevel } from "@fettle/protocol";
import * as z from "zod/mini";
import { mcpServerSchema } from "../mcp/server-config.ts";
import { wireApis } from "../models/provider.ts";
import { agentsSchema } from "./agent-schema.ts";
import { hooksSchema } from "./hook-schema.ts";

/*
 * FETTLE_HOME/config.toml. The keys are those of Codex's config.toml where the concept is the same. This schema is the
 * only list of keys: types, checks and suggestions come from it.
 */

const positive = z.number().check(z.int(), z.positive());
const amount = z.number().check(z.nonnegative());
const natural = z.number().check(z.int(), z.nonnegative());
const strings = z.record(z.string(), z.string());

export const providerSchema = z.strictObject({
  name: z.optional(z.string()),
  base_url: z.optional(z.string().check(z.regex(/^https?:\/\/[^/]/, "must be an http(s) URL"))),
  /** The environment variable that holds the key. */
  env_key: z.optional(z.string().check(z.minLength(1))),
  /** What to tell a person whose key is missing. */
  env_key_instructions: z.optional(z.string()),
  wire_api: z.optional(z.enum(wireApis)),
  http_headers: z.optional(strings),
  /** Header name to the environment variable that holds its value. */
  env_http_headers: z.optional(strings),
  query_params: z.optional(strings),
  request_max_retries: z.optional(natural),
  stream_max_retries: z.optional(natural),
  stream_idle_timeout_ms: z.optional(positive),
  /** The Responses API over one connection, where each request sends only what is new. */
  supports_websockets: z.optional(z.boolean()),
  /** The Responses API compacts conversations itself (`POST /responses/compact`). OpenAI's own endpoint does. */
  supports_compaction: z.optional(z.boolean()),
  /** Uses OpenAI's key. */
  requires_openai_auth: z.optional(z.boolean()),
});

/** A level for some paths or kinds only; what is absent stands for all. */
export const autonomyEntry = z.strictObject({
  /** Globs over paths relative to the workspace: files that a patch changes, the folder a command runs in. */
  paths: z.optional(z.array(z.string().check(z.minLength(1))).check(z.minLength(1))),
  kinds: z.optional(z.array(z.enum(["patch", "command", "network", "tool"])).check(z.minLength(1))),
  level: autonomyLevel,
});

/** Host patterns as `DomainPolicy` of the workspace has them. */
const networkSchema = z.strictObject({
  allow: z.optional(z.array(z.string())),
  deny: z.optional(z.array(z.string())),
  methods: z.optional(z.array(z.string().check(z.regex(/^[A-Za-z]+$/, "must be names of methods")))),
});

const approvalsSchema = z.strictObject({
  /** Answers questions of low risk at level `trusted`. */
  reviewer_model: z.optional(z.string().check(z.minLength(1))),
});

/** What a person's own terminal does with keys. */
const terminalSchema = z.strictObject({
  vim: z.optional(z.boolean()),
  /** The name of an action → its keys. The terminal program knows both and checks them. */
  keys: z.optional(strings),
});

export const sandboxModes = ["read-only", "workspace-write", "danger-full-access"] as const;

export const configSchema = z.strictObject({
  model: z.optional(z.string().check(z.minLength(1))),
  model_provider: z.optional(z.string().check(z.minLength(1))),
  model_providers: z.optional(z.record(z.string(), providerSchema)),
  openai_base_url: z.optional(z.string().check(z.regex(/^https?:\/\/[^/]/, "must be an http(s) URL"))),
  model_reasoning_effort: z.optional(
    z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra", "persistent"]),
  ),
  model_reasoning_summary: z.optional(z.enum(["auto", "concise", "detailed", "none"])),
  /** Tokens of input and output together. */
  model_context_window: z.optional(positive),
  sandbox_mode: z.optional(z.enum(sandboxModes)),
  sandbox_workspace_write: z.optional(
    z.strictObject({
      network_access: z.optional(z.boolean()),
      /** Absolute folders. */
      writable_roots: z.optional(z.array(z.string().check(z.regex(/^\//, "must be an absolute path")))),
      exclude_tmpdir_env_var: z.optional(z.boolean()),
      exclude_slash_tmp: z.optional(z.boolean()),
    }),
  ),
  /** How far the agent may go without asking. */
  autonomy: z.optional(autonomyLevel),
  autonomy_for: z.optional(z.array(autonomyEntry)),
  approvals: z.optional(approvalsSchema),
  network: z.optional(networkSchema),
  /** By absolute folder. Other programs keep more in here. */
  projects: z.optional(z.record(z.string(), z.looseObject({ autonomy: z.optional(autonomyLevel) }))),
  terminal: z.optional(terminalSchema),
  /** Commands of the user's that run at set moments. */
  hooks: z.optional(hooksSchema),
  /** Helpers: limits and roles. */
  agents: z.optional(agentsSchema),
  web: z.optional(
    z.strictObject({
      /** The model gets a browser: one that is found, or this program. */
      browser: z.optional(
        z.union([z.boolean(), z.string().check(z.regex(/^\//, "must be true, false or an absolute path"))]),
      ),
    }),
  ),
  mcp_servers: z.optional(z.record(z.string(), mcpServerSchema)),
  approval_policy: z.optional(z.enum(["untrusted", "on-failure", "on-request", "never"])),
  web_search: z.optional(z.enum(["disabled", "cached", "live"])),
  /** What a thread may cost in all: US dollars, and tokens of input and output together. */
  budget: z.optional(
    z.strictObject({ max_cost: z.optional(z.number().check(z.positive())), max_tokens: z.optional(positive) }),
  ),
  /** US dollars for a million tokens, by the model's id. */
  prices: z.optional(
    z.record(
      z.string(),
      z.strictObject({ input: amount, cached: z.optional(amount), written: z.optional(amount), output: amount }),
    ),
  ),
  /** Tokens of input from which on a conversation is compacted. */
  model_auto_compact_token_limit: z.optional(positive),
  /** Bytes of all instruction files together. */
  project_doc_max_bytes: z.optional(natural),
  project_doc_fallback_filenames: z.optional(z.array(z.string())),
  /** How much of a tool's output the model is shown; the whole is kept on disk. */
  tool_output_token_limit: z.optional(positive),
  /** Names of variables that commands get although they look like credentials; their values are never shown. */
  secrets: z.optional(z.array(z.string().check(z.regex(/^[A-Za-z_]\w*$/, "must be names of variables")))),
});

/** What `config.toml` and the `-c` options say, under the names of the file. */
export type Config = z.infer<typeof configSchema>;
export type ProviderEntry = z.infer<typeof providerSchema>;

/** Keys of Codex's configuration that do nothing here (yet): accepted, so that a file can be shared, and reported. */
export const ignoredKeys: ReadonlySet<string> = new Set([
  "allow_login_shell",
  "analytics",
  "apps",
  "background_terminal_max_timeout",
  "chatgpt_base_url",
  "check_for_update_on_startup",
  "cli_auth_credentials_store",
  "commit_attribution",
  "compact_prompt",
  "default_permissions",
  "developer_instructions",
  "disable_paste_burst",
  "experimental_compact_prompt_file",
  "experimental_instructions_file",
  "experimental_use_freeform_apply_patch",
  "experimental_use_unified_exec_tool",
  "features",
  "feedback",
  "file_opener",
  "forced_chatgpt_workspace_id",
  "forced_login_method",
  "hide_agent_reasoning",
  "history",
  "instructions",
  "log_dir",
  "mcp_oauth_callback_port",
  "mcp_oauth_callback_url",
  "mcp_oauth_credentials_store",
  "memories",
  "model_catalog_json",
  "model_instructions_file",
  "model_max_output_tokens",
  "model_supports_reasoning_summaries",
  "model_verbosity",
  "notice",
  "notify",
  "oss_provider",
  "otel",
  "permissions",
  "personality",
  "plan_mode_reasoning_effort",
  "plugins",
  "preferred_auth_method",
  "profile",
  "profiles",
  "project_root_markers",
  "review_model",
  "service_tier",
  "shell_environment_policy",
  "show_raw_agent_reasoning",
  "skills",
  "sqlite_home",
  "suppress_unstable_features_warning",
  "tools",
  "tui",
  "windows",
  "windows_wsl_setup_acknowledged",
]);
