export { createColours, type Colours } from "./colours.ts";
export { toGitHubAnnotations } from "./github.ts";
export { toJobSummary } from "./job-summary.ts";
export { toJson } from "./json.ts";
export { toJUnit } from "./junit.ts";
export { isGood, type NotebookRun, type ReportedCell, type Reporter } from "./run.ts";
export { createTerminalReporter } from "./terminal.ts";
export { count, duration } from "./words.ts";
