import type { BrowserContext, Page, Request } from "playwright-core";

/* What a page says beside its content: its console, and requests that failed. */

export type PageLog = {
  /** The lines since the last call, and none of them again. */
  take(): string[];
  /** The page that is looked at: the one that was opened last and is still there. */
  page(): Page | null;
  /** How many requests of that page are under way. */
  waiting(): number;
};

const mostLines = 40;
const longestLine = 300;

/** Null while a page is only about to be made, and for what no page asks for. */
const pageOf = (request: Request): Page | null => {
  try {
    return request.frame().page();
  } catch {
    return null;
  }
};

/** Watches all pages of a context, also those that pages open. */
export const watchPages = (context: BrowserContext): PageLog => {
  const pages: Page[] = [];
  const open = new Map<Request, Page | null>();
  let lines: string[] = [];
  let dropped = 0;

  const add = (line: string): void => {
    if (lines.length >= mostLines) dropped += 1;
    else lines.push(line.replace(/\s+/g, " ").slice(0, longestLine));
  };

  context.on("console", (message) => add(`console ${message.type()}: ${message.text()}`));
  context.on("weberror", (error) => add(`uncaught error: ${error.error().message}`));
  context.on("request", (request) => {
    // A stream of events never ends.
    if (request.resourceType() !== "eventsource") open.set(request, pageOf(request));
  });
  context.on("requestfinished", (request) => void open.delete(request));
  context.on("requestfailed", (request) => {
    open.delete(request);
    add(`request failed: ${request.method()} ${request.url()}: ${request.failure()?.errorText ?? "no reason given"}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 400)
      add(`request failed: ${response.request().method()} ${response.url()}: ${response.status()}`);
  });
  context.on("dialog", (dialog) => {
    add(`the page showed a ${dialog.type()}, which was dismissed: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  context.on("page", (page) => {
    pages.push(page);
    page.on("close", () => {
      pages.splice(pages.indexOf(page), 1);
      // The end of its requests may not be told any more.
      for (const [request, of] of open) if (of === page) open.delete(request);
    });
    page.on("crash", () => add("the page crashed"));
  });

  return {
    take() {
      const taken = dropped === 0 ? lines : [...lines, `… ${dropped} more`];
      lines = [];
      dropped = 0;
      return taken;
    },
    page: () => pages.at(-1) ?? null,
    waiting: () => [...open.values()].filter((page) => page === pages.at(-1)).length,
  };
};
