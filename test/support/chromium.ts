import { existsSync } from "node:fs";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
];

/** Why tests with a browser are skipped; false where there is one. `.ci/run` installs it, so that it is always there. */
export const chromium: string | false = places.some((path) => existsSync(path))
  ? false
  : "there is no Chromium on this machine";
