/** The options of an agent, checked. */
import { trace, type Tracer } from "@opentelemetry/api";
import type { ChatModel, SamplingOptions, ToolCall } from "../llm/index.ts";
import { tokenCounter, type CountTokens, type Defence } from "../rag/index.ts";
import {
  argumentError,
  checkBoolean,
  checkChoice,
  checkFunction,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkText,
} from "../runtime/check.ts";
import { checkAgentTools, type AgentTool } from "./tool.ts";

/** A person's word on a call: true or false, or no with a reason that the model reads. */
export type Approval = boolean | { approved: boolean; reason?: string };

export type Approve = (call: ToolCall) => Approval | Promise<Approval>;

export interface AgentOptions {
  /** What thinks: a LanguageModel, openAiCompatible(…), fromLangChain(…), or reactPrompt(…) around one that was not tuned to call tools. */
  model: ChatModel;
  /** What it may do. @default none */
  tools?: readonly AgentTool[];
  /** For people and traces. @default "agent" */
  name?: string;
  /** The system's message. */
  instructions?: string;
  /** How often the model is asked at most. @default 8 */
  maxSteps?: number;
  /** Tokens of all prompts and answers together, after which the model is not asked again; each answer may be as long as what is left. @default no limit */
  maxTokens?: number;
  /** Seconds for the whole run. @default no limit */
  maxSeconds?: number;
  /** Tokens of a prompt's messages at most; what is older is left out. @default no limit but the model's own */
  memory?: number;
  /** Text → tokens. @default by the model's tokenizer, where it has one, else estimateTokens */
  countTokens?: CountTokens;
  /**
   * `auto`: calls as the model writes them; `valid`: each call fits its tool's schema, where the model can be constrained (a LanguageModel); `required`: also, each turn
   * is a call, and the answer is a call of final_answer. Small models lose their way less with the last. @default "valid"
   */
  toolChoice?: "auto" | "valid" | "required";
  /** Against orders in results of tools: see rag's defence. `delimit`: between marks, as data; `withhold`: also without sentences that speak to a model. @default "withhold" */
  defence?: Defence;
  /** Asked about calls whose tool needs approval. @default nobody: the run ends with `needs-approval`, and may go on later */
  approve?: Approve;
  /** How the model samples. @default { temperature: 0 } */
  sampling?: SamplingOptions;
  /** Of one answer. @default 512 */
  maxNewTokens?: number;
  /** Where spans go. @default the tracer of @opentelemetry/api, which the program's exporter listens to */
  tracer?: Tracer;
  /** gen_ai.provider.name of the spans. @default "cairn" */
  provider?: string;
  /** Whether spans hold messages, arguments and results. @default false */
  recordContent?: boolean;
}

export interface CheckedAgentOptions extends Required<
  Omit<AgentOptions, "instructions" | "approve" | "maxTokens" | "maxSeconds" | "memory">
> {
  instructions: string | undefined;
  approve: Approve | undefined;
  maxTokens: number;
  maxSeconds: number | undefined;
  memory: number | undefined;
}

const names =
  "model tools name instructions maxSteps maxTokens maxSeconds memory countTokens toolChoice defence approve sampling maxNewTokens tracer provider recordContent".split(
    " ",
  );

export function checkAgentOptions(options: AgentOptions): CheckedAgentOptions {
  checkOptions("options", checkObject("options", options, { hint: "pass { model, tools }" }), names);
  const { model, maxTokens, maxSeconds, memory, instructions, approve, sampling = { temperature: 0 } } = options;
  if (typeof (model as ChatModel | undefined)?.chat !== "function")
    throw argumentError("model", "a model for conversations", model, {
      hint: "pass a LanguageModel, openAiCompatible(…) or fromLangChain(…)",
    });
  const tools = checkAgentTools("tools", options.tools ?? []);
  const toolChoice = checkChoice("toolChoice", options.toolChoice ?? "valid", ["auto", "valid", "required"]);
  if (tools.some(({ name }) => name === finalAnswer)) throw argumentError("tools", `without a tool called ${finalAnswer}`, finalAnswer);
  return {
    model,
    tools,
    toolChoice,
    name: checkText("name", options.name ?? "agent", { allowEmpty: false }),
    instructions: instructions === undefined ? undefined : checkText("instructions", instructions, { allowEmpty: false }),
    maxSteps: checkInteger("maxSteps", options.maxSteps ?? 8, { min: 1 }),
    maxTokens: maxTokens === undefined ? Infinity : checkInteger("maxTokens", maxTokens, { min: 1 }),
    maxSeconds: maxSeconds === undefined ? undefined : checkNumber("maxSeconds", maxSeconds, { above: 0, max: 86_400 }),
    memory: memory === undefined ? undefined : checkInteger("memory", memory, { min: 16 }),
    countTokens: checkFunction("countTokens", options.countTokens ?? tokenCounter(model)),
    defence: checkChoice("defence", options.defence ?? "withhold", ["none", "delimit", "withhold"]),
    approve: approve === undefined ? undefined : checkFunction("approve", approve),
    sampling: checkObject("sampling", sampling) as SamplingOptions,
    maxNewTokens: checkInteger("maxNewTokens", options.maxNewTokens ?? 512, { min: 1 }),
    tracer: options.tracer ?? trace.getTracer("kernel-helpers/agents"),
    provider: checkText("provider", options.provider ?? "cairn", { allowEmpty: false }),
    recordContent: checkBoolean("recordContent", options.recordContent ?? false),
  };
}

/** The tool whose call is the answer, where each turn has to be a call. */
export const finalAnswer = "final_answer";
