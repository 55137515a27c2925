import { afterEach, describe, expect, test, vi } from "vitest";
import { SGD } from "../../kernel-helpers/optim/index.ts";
import { livePlot, lossCurve, type TrainingHistory, type Reporter, type StepRecord } from "../../kernel-helpers/reporters/index.ts";
import { train } from "../../kernel-helpers/train/index.ts";
import { addEvaluation, addStep, emptyHistory } from "../../kernel-helpers/train/history.ts";
import type { DisplayOptions, MimeBundle } from "../../kernel-helpers/runtime/display.ts";
import { batchesOf, Net, squaredError } from "../train/models.ts";

const record: StepRecord = { step: 1, loss: 1, gradientNorm: 1, learningRate: 0.1, speed: 1, metrics: {} };

const historyOf = (losses: readonly number[]): TrainingHistory => {
  const history = emptyHistory();
  losses.forEach((loss, index) => addStep(history, { step: index + 1, loss, gradientNorm: 1, learningRate: 0.1, speed: 100, metrics: {} }));
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
    const plot = livePlot({ clock: () => now });
    plot.onStart!({ total: 6, from: 0, unit: "rows", history });
    for (now of [500, 1000, 1500, 2000]) {
      addStep(history, { ...record, step: history.step.length + 1 });
      plot.onStep!(record);
    }
    plot.onEnd!();
    const points = shown.map(({ bundle }) => (bundle["application/vnd.plotly.v1+json"] as { data: { x: number[] }[] }).data[0]!.x.length);
    expect(points).toEqual([4, 6, 6]);
    expect(shown.map(({ options }) => options.update)).toEqual([false, true, true]);
    expect(new Set(shown.map(({ options }) => options.displayId)).size).toBe(1);
  });

  test("a run shows its losses, if it may", async () => {
    const shown = kernel();
    await run({ show: false });
    expect(shown).toEqual([]);
    await run({ show: true });
    expect(shown.map(({ bundle }) => bundle["text/plain"])).toEqual(["[line] loss: 6 rows of series, label, step, loss"]);
    expect(shown[0]!.bundle["image/svg+xml"]).toContain("<svg");
  });
});

const run = (options: { show?: boolean; reporters?: Reporter[]; rate?: number }): Promise<unknown> => {
  const model = new Net();
  const optimizer = new SGD(model.parameters(), { learningRate: options.rate ?? 0.1 });
  const { rate: _, ...rest } = options;
  const evaluation = { batches: batchesOf(8, 8), every: 2 };
  return train({ model, optimizer, loss: squaredError, batches: batchesOf(16, 8), steps: 4, evaluate: evaluation, ...rest });
};

/** Writes down what it is told. */
const listener = (heard: string[]): Reporter => ({
  onStart: ({ total, from, unit, history }) => heard.push(`start ${total} ${from} ${unit} ${history.step.length}`),
  onStep: ({ step }) => heard.push(`step ${step}`),
  onEvaluation: ({ step }) => heard.push(`evaluation ${step}`),
  onEnd: () => heard.push("end"),
});

describe("reporters that are named", () => {
  test("are told of all that happens, and take the place of the defaults", async () => {
    const shown = kernel();
    const [one, other]: string[][] = [[], []];
    await run({ reporters: [listener(one!), {}, listener(other!)] });
    expect(one).toEqual(["start 4 0 rows 0", "step 1", "step 2", "evaluation 2", "step 3", "step 4", "evaluation 4", "end"]);
    expect(other).toEqual(one);
    expect(shown).toEqual([]);
  });

  test("are told of the end of a run that fails, whichever of them fails", async () => {
    const heard: string[] = [];
    await expect(run({ reporters: [listener(heard)], rate: 1e38 })).rejects.toThrow("at a learning rate of");
    expect(heard.at(-1)).toBe("end");
    const broken: Reporter = {
      onStep() {
        throw new Error("broken step");
      },
      onEnd() {
        throw new Error("broken end");
      },
    };
    heard.length = 0;
    await expect(run({ reporters: [broken, listener(heard)] })).rejects.toThrow("broken");
    expect(heard).toEqual(["start 4 0 rows 0", "end"]);
  });
});

describe("the curve of something else", () => {
  test("is refused", () => {
    expect(() => lossCurve({ history: historyOf([1]) } as never)).toThrow("hint: pass run.history");
  });
});

test("options and histories are checked", () => {
  expect(() => livePlot(null as never)).toThrow("livePlot must be a plain object, got null");
  expect(() => livePlot({ clock: 5 as never })).toThrow("clock must be a function, got 5");
  expect(() => lossCurve(historyOf([1]), { titel: "a" } as never)).toThrow(
    'lossCurve has no option "titel"\n  hint: did you mean "title"?',
  );
  expect(() => lossCurve({ ...historyOf([1]), evaluations: null as never })).toThrow("history must be what a training run went through");
});
