import { mkdirSync } from "node:fs";
import { join } from "node:path";

const clone = join(import.meta.dirname, "../../..");
const folders = ["packages", "node_modules"] as const;
export const nobody = 65534;

/**
 * The command that runs a program of this clone as another user (to be started by root). The clone may lie in a folder
 * that only its owner can enter, so it is mounted again at `place`, for this command alone.
 */
export const asOrdinaryUser = (place: string, argv: readonly string[]): readonly [string, ...string[]] => {
  for (const name of folders) mkdirSync(join(place, name), { recursive: true });
  const mounts = folders.map((name) => `mount --bind "$1/${name}" "$2/${name}"`).join(" && ");
  const script = `${mounts} && shift 2 && exec setpriv --reuid=${nobody} --regid=${nobody} --clear-groups "$@"`;
  const moved = argv.map((word) => word.replaceAll(clone, place));
  return ["unshare", "--mount", "sh", "-c", script, "sh", clone, place, ...moved];
};
