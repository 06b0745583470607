import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

type BundledPackage = { folder: string; name: string; version: string; licence: string };

/** `node_modules/a/node_modules/@b/c/lib/x.js` → `node_modules/a/node_modules/@b/c`; undefined for our own files. */
const packageFolder = (input: string): string | undefined =>
  /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];

const describe = (root: string, folder: string): BundledPackage => {
  const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Record<string, unknown>;
  const text = (key: string): string => (typeof manifest[key] === "string" ? manifest[key] : "unknown");
  return { folder, name: text("name"), version: text("version"), licence: text("license") };
};

const noticeOf = (root: string, folder: string): string =>
  readdirSync(join(root, folder))
    .filter((file) => /^(licen[cs]e|copying|notice)([.-].*)?$/i.test(file))
    .sort()
    .map((file) => readFileSync(join(root, folder, file), "utf8").trim())
    .join("\n\n");

/**
 * The notices that the licences of bundled packages ask for. `inputs`: the bundler's input files, from `root`.
 * Throws when a package names no licence: it must not be shipped unread.
 */
export const collectLicences = (root: string, inputs: readonly string[]): string => {
  const folders = new Set(inputs.map(packageFolder).filter((folder) => folder !== undefined));
  const packages = [...folders]
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => describe(root, folder))
    .sort((a, b) => a.name.localeCompare(b.name, "en") || a.version.localeCompare(b.version, "en"));
  const unknown = packages.filter(({ licence }) => licence === "unknown");
  if (unknown.length > 0) throw new Error(`no licence is named by ${unknown.map(({ name }) => name).join(", ")}`);
  const sections = packages.map(({ folder, name, version, licence }) => {
    const notice = noticeOf(root, folder);
    return `${"=".repeat(78)}\n${name} ${version} (${licence})\n\n${notice}\n`;
  });
  return `fettle contains code of these packages, under their own licences.\n\n${sections.join("\n")}`;
};
