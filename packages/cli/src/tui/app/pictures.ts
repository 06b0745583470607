import { readImage } from "@fettle/agent";
import type { ThreadItem } from "@fettle/protocol";
import * as z from "zod/mini";
import { pictureRows } from "../terminal/pictures.ts";
import type { App } from "./app.ts";

/* Pictures that the agent made or looked at, below the step that did so, where the terminal can show them. */

const viewed = z.object({ path: z.string() });

/** The file of a step's picture, and where it must lie: a name that the model gave holds inside the workspace alone. */
const fileOf = (
  item: ThreadItem,
  cwd: string,
): { readonly path: string; readonly roots?: readonly string[] } | null => {
  if (item.type === "browser") return item.screenshot === undefined ? null : { path: item.screenshot };
  if (item.type !== "tool_call" || item.tool !== "view_image" || item.status !== "completed") return null;
  try {
    const parsed = viewed.safeParse(JSON.parse(item.arguments));
    return parsed.success ? { path: parsed.data.path, roots: [cwd] } : null;
  } catch {
    return null;
  }
};

const mostRows = 20;
const mostColumns = 80;

/** Shows the picture of a step, if it has one and this terminal can. */
export const showPicture = async (app: App, item: ThreadItem): Promise<void> => {
  const { pictures } = app.state;
  const { cwd } = (await app.engine()).options();
  const file = fileOf(item, cwd);
  if (pictures === null || file === null) return;
  const { path, roots } = file;
  const image = readImage(path, { base: cwd, ...(roots === undefined ? {} : { roots }) });
  if (!image.ok) return;
  const { columns, rows: height } = app.size();
  const room = { columns: Math.min(columns - 2, mostColumns), rows: Math.min(Math.floor(height / 2), mostRows) };
  const rows = pictureRows(Buffer.from(image.url.slice(image.url.indexOf(",") + 1), "base64"), pictures, room);
  if (rows === null) return;
  // First the rows of the step itself.
  app.draw();
  app.show(rows);
};
