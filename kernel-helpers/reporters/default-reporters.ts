import { insideKernel } from "../runtime/display.ts";
import { livePlot } from "./live-plot.ts";
import { progressLine } from "./progress-line.ts";
import type { Reporter } from "./reporter.ts";

/** What follows a run that names no reporters: a progress line, and in a notebook a live plot of the losses. */
export const defaultReporters = (): Reporter[] => [progressLine(), ...(insideKernel() ? [livePlot()] : [])];
