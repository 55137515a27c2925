export { bitsPerByte } from "./bits-per-byte.ts";
export type { CheckedConfig, GPTConfig } from "./gpt/config.ts";
export type { GPTExperts, GPTExpertsConfig, RoutingMetrics } from "./gpt/experts.ts";
export { generate, type GenerateOptions } from "./gpt/generate.ts";
export { generateBatch, type GenerateBatchOptions } from "./gpt/generate-batch.ts";
export { GPT, type GPTLosses } from "./gpt/gpt.ts";
export { NgramModel, type EvaluateOptions, type NgramOptions, type SampleOptions } from "./ngram/ngram-model.ts";
export type { Discounts, Smoothing } from "./ngram/smoothing.ts";
export type { DecoderBatch } from "./decoder/decoder-batch.ts";
export { Decoder, type LoadDecoderOptions, type ReadOptions } from "./decoder/decoder.ts";
export { type DecoderConfig } from "./decoder/config.ts";
export { logSoftmax, Sampler, type DrawSettings, type SamplingOptions } from "./sampler.ts";
export { ChatTemplate, type RenderOptions } from "./chat-template.ts";
export type {
  ChatModel,
  ChatOptions,
  ContentPart,
  ImagePart,
  Message,
  MultimodalChatModel,
  MultimodalMessage,
  Part,
  TokenLogProb,
  Tool,
  ToolCall,
  Usage,
} from "./chat-model.ts";
export type { Eyes } from "./eyes.ts";
export type { ConstraintOptions } from "./constrain/constraints.ts";
export type { JsonSchema } from "./constrain/json-schema.ts";
export type { Perplexity, PerplexityOptions } from "./generation/log-probs.ts";
export { PartQueue } from "./generation/part-queue.ts";
export type { Generation } from "./generation/generate-all.ts";
export type { Activity } from "./generation/scheduler.ts";
export type { GenerationOptions } from "./generation/options.ts";
export { LanguageModel, type BatchOptions, type ChatGenerationOptions } from "./language-model.ts";
export type { LoadModelOptions } from "./load-options.ts";
export { AdaptedModel, type AdaptedModelOptions } from "./fine-tune/adapted-model.ts";
export { fineTune } from "./fine-tune/fine-tune.ts";
export { FineTuned, type ExportGgufOptions } from "./fine-tune/fine-tuned.ts";
export type { Example } from "./fine-tune/examples.ts";
export type { FineTuneOptions } from "./fine-tune/options.ts";
export { adapterParameters, withAdapters, type AdapterSettings, type ProjectionName } from "./fine-tune/adapters.ts";
export { writeAdapter } from "./fine-tune/adapter-files.ts";
export { loadBase } from "./fine-tune/base.ts";
export { Adapters } from "./fine-tune/trainee.ts";
export type { ExportDType } from "./fine-tune/export-gguf.ts";
export { Llama, type LlamaInputs, type LlamaVectorInputs, type LlamaWeights } from "./llama/llama.ts";
export { readLlama } from "./llama/read.ts";
export { saveLlama } from "./llama/save.ts";
export { fromLangChain, type LangChainChatModel } from "./remote/langchain-model.ts";
export { openAiCompatible, type OpenAiCompatibleOptions } from "./remote/openai-compatible.ts";
