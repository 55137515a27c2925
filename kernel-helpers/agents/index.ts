export { createAgent, type Agent, type AgentEvent, type AgentResult, type FinishReason, type RunOptions } from "./agent.ts";
export { agentLoop, type LoopEvent, type Policy, type Turn } from "./loop.ts";
export { fitMessages, type FitOptions, type FittedMessages } from "./memory.ts";
export type { AgentOptions, Approval, Approve } from "./options.ts";
export { reactPrompt } from "./react.ts";
export type { StandardIssue, StandardResult, StandardSchema } from "./schema.ts";
export { AgentTool, defineTool, type ToolContext, type ToolDefinition, type ToolResult } from "./tool.ts";
export { traceFigure } from "./trace-figure.ts";
export type { TraceSpan } from "./trace.ts";
