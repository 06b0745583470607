import { temporaryFolder } from "../sandbox/plan.ts";
import { scrubEnvironment, splitLoaderVariables } from "../sandbox/scrub-environment.ts";
import type { CommandRequest } from "../types.ts";
import { commandVariable } from "./tree-ending.ts";

/** `inside` is set by the sandbox's launcher rather than for it. */
export type CommandEnvironment = {
  readonly launcher: Readonly<Record<string, string>>;
  readonly inside: Readonly<Record<string, string>>;
};

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * With a network, package managers fetch and store: their own caches are mounted read-only, which most of them take for
 * an error, so they get others in the private temporary folder, kept from command to command.
 */
const writableCaches: Readonly<Record<string, string>> = {
  npm_config_cache: `${temporaryFolder}/.cache/npm`,
  YARN_CACHE_FOLDER: `${temporaryFolder}/.cache/yarn`,
  PIP_CACHE_DIR: `${temporaryFolder}/.cache/pip`,
  UV_CACHE_DIR: `${temporaryFolder}/.cache/uv`,
  GOMODCACHE: `${temporaryFolder}/.cache/go-mod`,
};

/** Looking for newer versions of themselves is no part of the work, and would be a question to the person each time. */
const noVersionChecks: Readonly<Record<string, string>> = {
  npm_config_update_notifier: "false",
  NO_UPDATE_NOTIFIER: "1",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
};

const present = (environment: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));

const forTerminal = (request: CommandRequest, shell: string): Record<string, string> =>
  request.pty ? { SHELL: shell, TERM: "xterm-256color" } : {};

/**
 * The environment of a command. In a sandbox only ordinary variables of the user's are passed on; under full access
 * all of them are, secrets included, for such a command could read them anywhere. `network` is what leads programs in a
 * sandbox to the proxy.
 */
export const commandEnvironment = (
  request: CommandRequest,
  options: { shell: string; mark: string; network: Readonly<Record<string, string>> },
  own: Readonly<Record<string, string | undefined>>,
): CommandEnvironment => {
  const added = { ...forTerminal(request, options.shell), ...request.env };
  if (request.policy.mode === "danger-full-access") {
    return { launcher: { ...present(own), ...added, [commandVariable]: options.mark }, inside: {} };
  }
  return splitLoaderVariables({
    PATH: defaultPath,
    ...noVersionChecks,
    ...scrubEnvironment(own, { network: request.policy.network.kind === "host", secrets: request.policy.secrets }),
    TMPDIR: temporaryFolder,
    ...(request.policy.network.kind === "none" ? {} : writableCaches),
    ...options.network,
    ...added,
  });
};
