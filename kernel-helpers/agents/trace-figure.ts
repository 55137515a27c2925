/** A run as a figure: what led to what, with what it took. */
import { graph, type Figure, type FigureOptions, type GraphNode } from "../plots/index.ts";
import { checkArray, checkObject } from "../runtime/check.ts";
import type { AgentResult } from "./agent.ts";

/**
 * Draws a run from the request down to the answer: models and tools in their order, calls of one step side by side.
 *
 * @example
 * show(traceFigure(await agent.run('How much is 12 * 34?')))
 */
export function traceFigure(result: Pick<AgentResult, "trace" | "finishReason">, options: FigureOptions = {}): Figure {
  checkArray("result.trace", (checkObject("result", result) as unknown as AgentResult).trace, () => {});
  const nodes: GraphNode[] = [{ id: "request", group: "run" }];
  let before = ["request"];
  let step: string[] = [];
  for (const [index, { kind, name, seconds, detail, error }] of result.trace.entries()) {
    const id = `${index}`;
    const isNewLevel = kind === "model" || result.trace[index - 1]?.kind !== "tool";
    if (isNewLevel && step.length > 0) [before, step] = [step, []];
    step.push(id);
    const group = error === undefined ? kind : "failed";
    nodes.push({
      id,
      label: `${name} · ${format(seconds)}`,
      detail: error === undefined ? detail : `${error}: ${detail}`,
      group,
      needs: before,
    });
  }
  nodes.push({ id: "end", label: result.finishReason, group: "run", needs: step.length > 0 ? step : before });
  return graph(nodes, options);
}

const format = (seconds: number): string => (seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`);
