export { createAgentThread } from "./agent-thread.ts";
export { rolesOf } from "./agents/roles.ts";
export type { AgentsSetup } from "./agents/types.ts";
export { readAllowedHosts } from "./approvals/allowed-hosts.ts";
export { type AutonomySettings, autonomySettings } from "./approvals/autonomy.ts";
export { modeAt } from "./approvals/decide.ts";
export { withGitQuestions } from "./approvals/git-on-host.ts";
export { writeThreadLevel } from "./approvals/level-file.ts";
export { settingsInEffect, settingsOfThread } from "./approvals/thread-autonomy.ts";
export type { Answer, ApprovalSetup, Approver, Question } from "./approvals/types.ts";
export type { ProviderStatus } from "./config/list.ts";
export { discoverModels, listModels } from "./config/list.ts";
export { loadConfig } from "./config/load.ts";
export { resolveModel } from "./config/resolve.ts";
export type { Config } from "./config/schema.ts";
export { type ContextReport, contextReport } from "./context-report.ts";
export { forkThread, outputFolders } from "./fork.ts";
export { type UnfinishedGoal, unfinishedGoal } from "./goal/goal-state.ts";
export { openPlan, PlanError } from "./goal/plan-file.ts";
export { parsePlan } from "./goal/plan-text.ts";
export { createGoal, type Goal, type GoalEnd } from "./goal/run-goal.ts";
export { hooksOf } from "./hooks/hook.ts";
export { readImage } from "./images.ts";
export type { Candidate } from "./init/candidates.ts";
export type { SeenCommand } from "./init/describe.ts";
export { loadInit } from "./init/load-init.ts";
export { type InstructionFiles, loadInstructionFiles } from "./instruction-files/load.ts";
export { firstNotices } from "./instruction-files/notices.ts";
export { baseInstructions, describeEnvironment } from "./instructions.ts";
export { addMcpServer, removeMcpServer } from "./mcp/edit-config.ts";
export type { McpServerEntry } from "./mcp/server-config.ts";
export { createMcpServers, logInToServer, type McpServers } from "./mcp/servers.ts";
export { readLogin, writeLogin } from "./mcp/token-store.ts";
export type { Effort, Model } from "./model.ts";
export { openOfflineModel } from "./models/offline/open-offline-model.ts";
export { type Price, priceOf } from "./models/prices.ts";
export { createRemoteModel, retryLimitsOf } from "./models/remote.ts";
export { decideRetry } from "./models/retry.ts";
export { createRedaction } from "./redact/redactor.ts";
export { secretsInUse } from "./redact/secrets.ts";
export {
  findSkillFiles,
  loadSkills,
  readSkillFile,
  type SkillFile,
  type Skills,
  skillFilesIn,
} from "./skills/load.ts";
export { commandIn } from "./skills/mentions.ts";
export { namePattern } from "./skills/parse.ts";
export { type Budget, costOfAll, dollars, needsPrice, overBudget } from "./spending.ts";
export { followLog } from "./thread/follow-log.ts";
export { leaveMessage, withdrawMessage } from "./thread/inbox.ts";
export { renameThread } from "./thread/rename.ts";
export { askToStop, threadIsHeld } from "./thread/stop-request.ts";
export { lastThreadId, listThreads } from "./thread/thread-index.ts";
export { createEphemeralThread, createThread, openThread, readThread, removeUnused } from "./thread/thread-log.ts";
export type { OpenedThread, ThreadLog, ThreadSummary } from "./thread/types.ts";
export type { AgentThread, ThreadSetup, TurnInput, TurnResult } from "./thread-setup.ts";
export { failedCall, shownCall } from "./tools/shown-call.ts";
export { ownToolNames, type Tool, type ToolResult } from "./tools/tool.ts";
export { describeProjectFile } from "./trust/describe.ts";
export { projectFiles, repositoryRoot } from "./trust/project-files.ts";
export { loadThreadRules } from "./trust/thread-rules.ts";
export type { FileTrust } from "./trust/trust.ts";
export { trust, trustedRepositories, trustOf, untrust } from "./trust/trust.ts";
export type { FileReversal, UndoPreview, UndoScope } from "./undo.ts";
export { liveEvents, previewUndo, turnRecords, undoTurn } from "./undo.ts";
export { webTools } from "./web/fetch-tool.ts";
