import { join } from "node:path";
import type { Policy, Workspace } from "@fettle/workspace";
import { readText } from "../instruction-files/read.ts";
import type { ProjectFacts } from "../models/offline/test-command.ts";

/** Without git: everything but what tools make. */
const skipped = ["node_modules", ".git", ".venv", "venv", "target", "dist", "build", "__pycache__"];
const listWithoutGit = `find . \\( ${skipped.map((name) => `-name ${name}`).join(" -o ")} \\) -prune -o -type f -print0`;
const list = `git ls-files -z --cached --others --exclude-standard 2>/dev/null || ${listWithoutGit}`;

const mostListed = 8 << 20;
const mostManifest = 1 << 20;

const manifests =
  /^(?:package\.json|(?:GNUm|M|m)akefile|[jJ]ustfile|pyproject\.toml|setup\.cfg|tox\.ini|Cargo\.toml|go\.mod|readme(?:\.\w+)?)$/i;

/**
 * Lists a repository's files, in the sandbox, for git runs what a repository's configuration says; and reads those at its
 * top that say what it is. Throws with a line for a person when no command can be run.
 */
export const studyRepository = async (workspace: Workspace, policy: Policy): Promise<ProjectFacts> => {
  const started = await workspace.start({
    script: list,
    cwd: workspace.root,
    policy: { ...policy, mode: "read-only" },
    readOnly: true,
    timeoutMs: 60_000,
  });
  if (!started.ok) throw new Error(started.message);
  const chunks: Buffer[] = [];
  let held = 0;
  started.command.onOutput((chunk) => {
    if (held < mostListed) chunks.push(Buffer.from(chunk));
    held += chunk.length;
  });
  await started.command.exited;
  const names = Buffer.concat(chunks).toString("utf8").split("\0");
  // The last one may be cut.
  const files = names.slice(0, -1).map((name) => name.replace(/^\.\//, ""));
  const reading = { boundary: workspace.root, maxBytes: mostManifest, notices: [] };
  const texts = files.flatMap((path) => {
    const found = manifests.test(path) ? readText(join(workspace.root, path), reading) : null;
    return found === null ? [] : [[path, found.head.toString("utf8")] as const];
  });
  return { files: [...new Set(files)], texts: new Map(texts) };
};
