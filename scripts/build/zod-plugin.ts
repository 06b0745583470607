import type { Plugin } from "esbuild";

/** zod exports its messages in all languages as one object, which no bundler can leave out; ours are in English. */
export const zodPlugin: Plugin = {
  name: "zod",
  setup(build) {
    build.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    }));
  },
};
