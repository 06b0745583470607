import { isAbsolute, resolve } from "node:path";
import { settingsOf } from "./git-settings.ts";
import { isWithin } from "./paths.ts";

/*
 * Which settings of a repository's configuration let git run a program or reach elsewhere. New ones come with every
 * release of git, so it is the harmless ones that are listed.
 */

const harmless: readonly RegExp[] = [
  /^core\.(repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol)$/,
  /^core\.(safecrlf|quotepath|abbrev|sparsecheckout|sparsecheckoutcone|untrackedcache|preloadindex|compression)$/,
  /^core\.(loosecompression|bigfilethreshold|multipackindex|commitgraph|sharedrepository|protecthfs|protectntfs)$/,
  /^core\.(longpaths|trustctime|checkstat|whitespace|commentchar|splitindex|fsync|fsyncmethod|packedgit\w+)$/,
  /^remote\..+\.(fetch|push|prune|prunetags|tagopt|mirror|promisor|partialclonefilter|skipdefaultupdate|skipfetchall)$/,
  /^remote\.(pushdefault|.+\.(followremotehead|gh-resolved))$/,
  /^branch\..+\.(remote|merge|rebase|pushremote|description|vscode-merge-base|gh-merge-base)$/,
  /^branch\.(sort|autosetupmerge|autosetuprebase)$/,
  /^submodule\.(recurse|active|fetchjobs|.+\.(active|branch|ignore|path|fetchrecursesubmodules))$/,
  /^(user|author|committer)\.(name|email|useconfigonly|signingkey)$/,
  /^extensions\.\w+$/,
  /^(init\.defaultbranch|pull\.(rebase|ff)|push\.(default|autosetupremote|followtags)|gc\.(auto|autodetach|\w*expire))$/,
  /^merge\.(ff|conflictstyle|renames|renamelimit|log|stat)$/,
  /^(rebase\.(autostash|autosquash|updaterefs|stat)|rerere\.(enabled|autoupdate)|fetch\.(prune|prunetags|parallel))$/,
  /^(commit\.(verbose|cleanup|gpgsign|status)|tag\.(sort|gpgsign)|(log|status|index|pack|feature)\.\w+)$/,
  /^(color|advice)\..+$/,
  /^diff\.(algorithm|renames|renamelimit|colormoved|mnemonicprefix|noprefix|context|indentheuristic|submodule)$/,
  /^(receive\.deny\w+|maintenance\.(auto|strategy)|lfs\.repositoryformatversion|lfs\..+\.access)$/,
];

const truth = /^(?:|true|false|yes|no|on|off|0|1)$/i;

const isHarmless = (key: string, value: string, at: { folder: string; root: string }): boolean => {
  if (harmless.some((known) => known.test(key))) return true;
  if (key === "core.fsmonitor") return truth.test(value);
  if (key === "core.worktree") return isWithin(isAbsolute(value) ? resolve(value) : resolve(at.folder, value), at.root);
  // `name::rest` starts the helper program `git-remote-name`.
  if (/^(?:remote|submodule)\..+\.(?:url|pushurl)$/.test(key)) return !/^[A-Za-z0-9+.-]*::/.test(value);
  return /^submodule\..+\.update$/.test(key) && !value.startsWith("!");
};

/**
 * The first setting of `text` that is not known to be harmless in the repository `folder` of the tree `root`; null when
 * there is none. Text that git cannot read is no setting, but not harmless either.
 */
export const dangerousSetting = (text: string, at: { folder: string; root: string }): string | null => {
  if (text.trim() === "") return null;
  const settings = settingsOf(text);
  if (settings === null) return "cannot be read";
  return settings.find(([key, value]) => !isHarmless(key, value, at))?.[0] ?? null;
};
