import { testEndings } from "./support/mcp-endings.ts";

await testEndings(["the run ends", "asked to end while a tool works"]);
