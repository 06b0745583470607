import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { findProgram, type NetworkPolicy, type Policy, type RunningCommand, type Workspace } from "@fettle/workspace";
import type { Browser, BrowserContext } from "playwright-core";
import { cdpPipe } from "./cdp-pipe.ts";

/*
 * Chromium as one more command in the thread's sandbox and network. It is driven over its standard streams, so there is no
 * port that a page or another command could speak to, and it ends with them.
 */

export type StartedBrowser =
  | { readonly ok: true; readonly context: BrowserContext; isAlive(): boolean; close(): Promise<void> }
  /** One line: what is missing, and the remedy. */
  | { readonly ok: false; readonly message: string };

const programs = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const remedy =
  'Remedy: install it (Debian: apt-get install chromium), or name another by browser = "/path/to/chrome" in [web]';
const startMs = 30_000;
const closeMs = 2000;
/** Downloads and traces, which there are none of, would make a folder that stays when we are killed. */
const nothingKept = "/dev/null";
const viewport = { width: 1280, height: 800 } as const;

/** Reaches nothing: what the browser itself wants of the network is not the page's business. */
const nowhere = "http://127.0.0.1:9";
/** What commands ask directly too. Without the first word all of 127.0.0.0/8 and link-local addresses would be. */
const direct = "<-loopback>,localhost,*.localhost,127.0.0.1,[::1]";

const flags = `--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --no-default-browser-check
  --disable-background-networking --disable-component-update --disable-sync --disable-default-apps --disable-extensions
  --disable-breakpad --disable-dev-shm-usage --disable-popup-blocking --metrics-recording-only --mute-audio
  --disable-client-side-phishing-detection --disable-domain-reliability --no-pings --hide-scrollbars --force-color-profile=srgb --password-store=basic --use-mock-keychain
  --disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,Translate,MediaRouter,OptimizationHints,AutofillServerCommunication`
  .split(/\s+/)
  .join(" ");

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The profile is new and lies in the thread's private folder for temporary files. What it complains of comes out when it ends. */
const scriptOf = (program: string): string =>
  [
    'profile=$(mktemp -d "$TMPDIR/browser-XXXXXX") || exit',
    'export HOME="$profile" XDG_CONFIG_HOME="$profile" XDG_CACHE_HOME="$profile"',
    `${quoted(program)} ${flags} --proxy-server=${nowhere} --user-data-dir="$profile" --remote-debugging-pipe about:blank 3<&0 4>&1 </dev/null >"$profile/log" 2>&1`,
    'code=$?; tail -c 1000 "$profile/log"; exit $code',
  ].join("\n");

/** What must be seen of a program: the folder it lies in, unless that would show the home folder. */
const placeOf = (program: string): string => {
  const folder = dirname(program);
  const home = existsSync(homedir()) ? realpathSync(homedir()) : homedir();
  return folder === "/" || `${home}/`.startsWith(`${folder}/`) ? program : folder;
};

/** It may look at the workspace and writes nothing there; credentials that commands get are not for pages. */
const policyOf = (policy: Policy, program: string): Policy => ({
  ...policy,
  // At `full` commands have the host's network, and so their servers are there.
  network: policy.mode === "danger-full-access" ? { kind: "host" } : policy.network,
  mode: policy.mode === "read-only" ? policy.mode : "workspace-write",
  readableRoots: [...policy.readableRoots, placeOf(program)],
  secrets: [],
});

const proxyOf = ({ kind }: NetworkPolicy): { server: string; bypass: string } =>
  kind === "domains" ? { server: "http://127.0.0.1:3128", bypass: direct } : { server: nowhere, bypass: "*" };

const loadPlaywright = async (): Promise<typeof import("playwright-core") | null> => {
  try {
    return await import("playwright-core");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return null;
    throw error;
  }
};

const endOf = async (command: RunningCommand, browser: Browser | null): Promise<void> => {
  // It would tidy up; a browser that does not answer is not waited for.
  const gone = browser?.close().catch(() => {});
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, closeMs);
  if (gone !== undefined) await Promise.race([gone, late]);
  clearTimeout(timer);
  await command.kill({ graceMs: 0 });
};

/**
 * Starts a browser for the servers of the thread's commands. `program`: an absolute path; null looks for one. `signal` ends
 * the attempt. Never rejects.
 */
export const startBrowser = async (
  workspace: Workspace,
  given: Policy,
  program: string | null,
  signal: AbortSignal,
): Promise<StartedBrowser> => {
  const found = program ?? programs.map((name) => findProgram(name)).find((one) => one !== null) ?? null;
  if (found === null || !existsSync(found))
    return { ok: false, message: `there is no ${found === null ? "Chromium" : `browser ${found}`}. ${remedy}` };
  const path = realpathSync(found);
  const playwright = await loadPlaywright();
  if (playwright === null)
    return {
      ok: false,
      message: "playwright-core is not installed. Remedy: npm install --global playwright-core@1.65.1",
    };
  const policy = policyOf(given, path);
  const started = await workspace.start({
    script: scriptOf(path),
    cwd: workspace.root,
    policy,
    readOnly: true,
    stdin: true,
  });
  if (!started.ok) return started;
  const { command } = started;
  const pipe = cdpPipe(command);
  const giveUp = (): void => pipe.transport.close();
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  let browser: Browser | null = null;
  try {
    browser = await playwright.chromium.connectOverCDP(pipe.transport, { timeout: startMs, artifactsDir: nothingKept });
    const context = await browser.newContext({ proxy: proxyOf(policy.network), viewport, acceptDownloads: false });
    const opened = browser;
    return { ok: true, context, isAlive: () => opened.isConnected(), close: () => endOf(command, opened) };
  } catch (error) {
    await endOf(command, browser);
    const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    const why = first.replace(/^\w+\.\w+: /, "");
    const words = pipe.lastWords();
    return { ok: false, message: `${path} did not start: ${words === "" ? why : words}` };
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
};
