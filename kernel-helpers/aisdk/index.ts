export { fromAiSdk } from "./from-ai-sdk.ts";
export { toAiSdkModel, toAiSdkTools } from "./to-ai-sdk.ts";
