import type { BrowserContext, Locator, Page } from "playwright-core";
import * as z from "zod/mini";
import type { PageLog } from "./page-log.ts";

export const browserActions = ["open", "read", "click", "type", "press", "select", "wait", "screenshot"] as const;

export const browserArguments = z.object({
  action: z.enum(browserActions),
  url: z.optional(z.string()),
  ref: z.optional(z.string()),
  text: z.optional(z.string()),
});
export type BrowserArguments = z.infer<typeof browserArguments>;

const stepMs = 10_000;
const openMs = 30_000;
const quietMs = 3000;
const lookEveryMs = 50;

export type Step = { readonly outline: string | null; readonly picture: Buffer | null };

/** What is wrong with a call, for the model; null when it can be carried out. */
export const callProblem = ({ action, url, ref, text }: BrowserArguments): string | null => {
  if (action === "open") {
    if (url === undefined) return "open needs url";
    const protocol = URL.parse(url)?.protocol ?? "";
    return ["http:", "https:", "file:"].includes(protocol) ? null : "url must begin with http://, https:// or file://";
  }
  if (["click", "type", "select"].includes(action) && ref === undefined) return `${action} needs ref, as read gives it`;
  if (["type", "press", "select", "wait"].includes(action) && text === undefined) return `${action} needs text`;
  return ref !== undefined && !/^(?:f\d+)?e\d+$/.test(ref)
    ? "ref is an element's reference as read gives it, such as e12"
    : null;
};

/** Refs are those of the last outline: a step on one that is gone fails at once. */
const element = async (page: Page, ref: string): Promise<Locator> => {
  const found = page.locator(`aria-ref=${ref}`);
  if ((await found.count()) === 0) throw new Error(`there is no element ${ref}: read the page again`);
  return found;
};

/** Until the page has asked for nothing more for a moment; pages that never rest are not waited for. */
const settled = async (log: PageLog): Promise<void> => {
  const end = performance.now() + quietMs;
  let quiet = 0;
  while (quiet < 3 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    quiet = log.waiting() === 0 ? quiet + 1 : 0;
  }
};

const closed = (page: Page): Promise<void> => page.close().catch(() => {});

/**
 * Always in a page of its own: the one before may be busy for ever. One that did not come is closed, for the browser would go
 * on to its own page about that while the next one is opened.
 */
const openPage = async (context: BrowserContext, url: string): Promise<void> => {
  const before = context.pages();
  const page = await context.newPage();
  for (const old of before) void closed(old);
  try {
    await page.goto(url, { timeout: openMs });
  } catch (error) {
    await closed(page);
    throw error;
  }
};

const act = async (page: Page, at: Locator | null, { action, text = "" }: BrowserArguments): Promise<void> => {
  switch (action) {
    case "click":
      await at?.click({ timeout: stepMs });
      return;
    case "type":
      await at?.fill(text, { timeout: stepMs });
      return;
    case "press":
      await (at === null ? page.keyboard.press(text) : at.press(text, { timeout: stepMs }));
      return;
    case "select":
      await at?.selectOption(text, { timeout: stepMs });
      return;
    case "wait":
      await page.getByText(text).first().waitFor({ state: "visible", timeout: stepMs });
      return;
    default:
  }
};

/** Carries out a step. Rejects with what the browser says. */
export const perform = async (context: BrowserContext, log: PageLog, args: BrowserArguments): Promise<Step> => {
  const { action, ref, url = "" } = args;
  if (action === "open") await openPage(context, url);
  const page = log.page();
  if (page === null) throw new Error("no page is open: open one first");
  const at = ref === undefined || action === "open" ? null : await element(page, ref);
  if (action === "screenshot")
    return { outline: null, picture: await (at ?? page).screenshot({ timeout: stepMs, type: "png" }) };
  await act(page, at, args);
  if (action !== "read") await settled(log);
  const shown = log.page() ?? page;
  return { outline: await shown.ariaSnapshot({ mode: "ai", timeout: stepMs }), picture: null };
};
