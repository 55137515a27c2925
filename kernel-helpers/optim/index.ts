export { AdamW, type AdamWOptions } from "./adamw.ts";
export { clipByGlobalNorm, clippingScale, globalNorm, type Clipped } from "./clip.ts";
export type { Decay, FlatOptimizer } from "./flat.ts";
export { Muon, orthogonalize, type MuonOptions } from "./muon.ts";
export { Optimizer, type DecayRule, type OptimizerOptions, type NamedParameters, type StepContext, type Update } from "./optimizer.ts";
export { constant, linear, warmupCosine, type LinearOptions, type Schedule, type WarmupCosineOptions } from "./schedules.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
