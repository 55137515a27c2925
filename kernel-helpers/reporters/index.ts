export { defaultReporters } from "./default-reporters.ts";
export type { EvaluationRecord, TrainingHistory, StepRecord } from "./history.ts";
export { livePlot, type LivePlotOptions } from "./live-plot.ts";
export { lossCurve, type LossCurveOptions } from "./loss-curve.ts";
export { progressLine } from "./progress-line.ts";
export type { Reporter, StartedRun } from "./reporter.ts";
