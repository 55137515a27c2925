import { afterEach, describe, expect, test, vi } from "vitest";
import { SGD } from "../../kernel-helpers/optim/index.ts";
import { lossCurve, train } from "../../kernel-helpers/train/index.ts";
import { addEvaluation, addStep, emptyHistory, type History } from "../../kernel-helpers/train/history.ts";
import { livePlot } from "../../kernel-helpers/train/loss-curve.ts";
import type { DisplayOptions, MimeBundle } from "../../kernel-helpers/runtime/display.ts";
import { batchesOf, Net, squaredError } from "./models.ts";

const historyOf = (losses: readonly number[]): History => {
  const history = emptyHistory();
  losses.forEach((loss, index) => addStep(history, { step: index + 1, loss, gradientNorm: 1, learningRate: 0.1, speed: 100 }));
  return history;
};

/** A kernel that keeps what it is shown. */
function kernel(): { bundle: MimeBundle; options: DisplayOptions }[] {
  const shown: { bundle: MimeBundle; options: DisplayOptions }[] = [];
  vi.stubGlobal("__cairn__", { display: (bundle: MimeBundle, options: DisplayOptions) => shown.push({ bundle, options }) });
  return shown;
}

afterEach(() => vi.unstubAllGlobals());

describe("the curve of losses", () => {
  test("has every step of a short run, and the evaluations that are finite", () => {
    const history = historyOf([3, 2, 1.5]);
    addEvaluation(history, { step: 2, loss: 2.5, metrics: {} });
    addEvaluation(history, { step: 3, loss: NaN, metrics: {} });
    expect(lossCurve(history).data).toMatchObject([
      { name: "training", x: [1, 2, 3], y: [3, 2, 1.5] },
      { name: "validation", x: [2], y: [2.5] },
    ]);
  });

  test("has means over neighbours of a long one", () => {
    const losses = Array.from({ length: 1000 }, (_, index) => index);
    const [{ x, y }] = lossCurve(historyOf(losses)).data as [{ x: number[]; y: number[] }];
    expect([x.length, x[0], y[0], x.at(-1), y.at(-1)]).toEqual([250, 4, 1.5, 1000, 997.5]);
  });
});

describe("in a notebook", () => {
  test("the plot grows in one output, once a second", () => {
    const shown = kernel();
    let now = 0;
    const history = historyOf([3, 2]);
    const plot = livePlot(history, () => now);
    for (now of [500, 1000, 1500, 2000]) {
      addStep(history, { step: history.step.length + 1, loss: 1, gradientNorm: 1, learningRate: 0.1, speed: 1 });
      plot.addStep({ step: 1, loss: 1, gradientNorm: 1, learningRate: 0.1, speed: 1 });
    }
    plot.close();
    const points = shown.map(({ bundle }) => (bundle["application/vnd.plotly.v1+json"] as { data: { x: number[] }[] }).data[0]!.x.length);
    expect(points).toEqual([4, 6, 6]);
    expect(shown.map(({ options }) => options.update)).toEqual([false, true, true]);
    expect(new Set(shown.map(({ options }) => options.displayId)).size).toBe(1);
  });

  const run = (show: boolean): Promise<unknown> => {
    const model = new Net();
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    return train({ model, optimizer, loss: squaredError, batches: batchesOf(16, 8), steps: 4, show });
  };

  test("a run shows its losses, if it may", async () => {
    const shown = kernel();
    await run(false);
    expect(shown).toEqual([]);
    await run(true);
    expect(shown.map(({ bundle }) => bundle["text/plain"])).toEqual(["[line] loss: 4 rows of series, label, step, loss"]);
  });
});
