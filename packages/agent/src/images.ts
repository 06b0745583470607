import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from "node:fs";
import { resolve, sep } from "node:path";

export type ReadImage = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly message: string };

/** Providers refuse larger ones; a picture is also sent again with every request. */
const maxImageBytes = 10 * 1024 * 1024;

const mediaTypeOf = (bytes: Buffer): string | null => {
  if (bytes.subarray(0, 8).toString("hex") === "89504e470d0a1a0a") return "image/png";
  if (bytes.subarray(0, 3).toString("hex") === "ffd8ff") return "image/jpeg";
  if (bytes.subarray(0, 4).toString("latin1") === "GIF8") return "image/gif";
  if (bytes.subarray(0, 4).toString("latin1") === "RIFF" && bytes.subarray(8, 12).toString("latin1") === "WEBP")
    return "image/webp";
  return null;
};

/** A picture as a data URL; null for what is none, or too large to be sent. */
export const imageUrl = (bytes: Buffer): string | null => {
  const type = bytes.length > maxImageBytes ? null : mediaTypeOf(bytes);
  return type === null ? null : `data:${type};base64,${bytes.toString("base64")}`;
};

/**
 * Reads a picture as a data URL. `roots` confines where it may really lie (the model asks for it); without them any
 * readable file will do (a person named it). The kind is told by content, not by name.
 */
export const readImage = (path: string, options: { base: string; roots?: readonly string[] }): ReadImage => {
  const absolute = resolve(options.base, path);
  try {
    const real = realpathSync(absolute);
    const inside = (root: string): boolean => real.startsWith(root.endsWith(sep) ? root : root + sep);
    if (options.roots !== undefined && !options.roots.some(inside))
      return { ok: false, message: `${path} is outside the workspace` };
    // Non-blocking, so that a named pipe is refused instead of waited for.
    const fd = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile()) return { ok: false, message: `${path} is not a file` };
      if (stat.size > maxImageBytes)
        return {
          ok: false,
          message: `${path} is larger than ${maxImageBytes / 1024 / 1024} MB; make it smaller first`,
        };
      const bytes = readFileSync(fd);
      const type = mediaTypeOf(bytes);
      if (type === null) return { ok: false, message: `${path} is not a PNG, JPEG, GIF or WebP picture` };
      return { ok: true, url: `data:${type};base64,${bytes.toString("base64")}` };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return { ok: false, message: code === "ENOENT" ? `there is no file ${path}` : `${path} cannot be read (${code})` };
  }
};
