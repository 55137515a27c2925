export type { ApiKey } from "./admission/api-keys.ts";
export { readGate, type Gate, type GateQuestion, type GateReport } from "./models/gate.ts";
export type { Canary, ReloadReport } from "./models/pool.ts";
export type { ModelKind, ServedModel } from "./models/served-model.ts";
export type { LiveState } from "./operations/live.ts";
export type { ServeOptions } from "./options.ts";
export { ModelServer, serve, type ReloadOptions } from "./server.ts";
export { closedLoop, openLoop, type LoadOptions, type LoadResult } from "./load/open-loop.ts";
export { percentiles, type LoadReport, type Percentiles } from "./load/report.ts";
