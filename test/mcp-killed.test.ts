import { testEndings } from "./support/mcp-endings.ts";

await testEndings([
  "killed before anything was started",
  "killed while the server starts",
  "killed while a tool works",
]);
