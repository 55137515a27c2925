/** The options of train and evaluate, checked before anything is done. */
import { ArgumentError } from "../errors.ts";
import { Module } from "../nn/index.ts";
import { Optimizer } from "../optim/index.ts";
import {
  argumentError,
  checkArray,
  checkBoolean,
  checkFunction,
  checkInstance,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkSignal,
  checkText,
} from "../runtime/check.ts";
import { checkSource, isBatches, noBatch, type Batch } from "./batches.ts";
import type { Reporter } from "../reporters/index.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import type { TrainOptions } from "./options.ts";

const atLeastOne = (argument: string, value: unknown): number => checkInteger(argument, value, { min: 1 });

/** Checks what is there; what is not has a default. */
function optional<T>(argument: string, value: T, check: (argument: string, value: T & {}) => unknown): void {
  if (value !== undefined) check(argument, value!);
}

export function checkModel(model: unknown): void {
  checkInstance("model", model, Module, { hint: "pass a model: an instance of a class that extends Module" });
}

export function checkEvaluateOptions<M extends Module, B extends Batch>(options: EvaluateOptions<M, B>): void {
  const hint = "pass { model, loss, batches }";
  checkOptions("evaluate", checkObject("the options of evaluate", options, { hint }), [
    "model",
    "loss",
    "batches",
    "metrics",
    "device",
    "signal",
  ]);
  checkModel(options.model);
  checkLoss(options.loss);
  checkSource("batches", options.batches);
  optional("metrics", options.metrics, checkMetrics);
  checkSignal("signal", options.signal);
}

/** @throws {ArgumentError} An option is missing, unknown or not what it has to be, or the optimizer is another model's. */
export function checkTrainOptions<M extends Module, B extends Batch>(options: TrainOptions<M, B>): void {
  checkOptions("train", checkObject("the options of train", options, { hint: "pass { model, optimizer, loss, batches, steps }" }), [
    "model",
    "optimizer",
    "loss",
    "batches",
    "steps",
    "epochs",
    "clip",
    "accumulate",
    "evaluate",
    "checkpoint",
    "resume",
    "device",
    "stepsPerRun",
    "onStep",
    "onEvaluation",
    "reporters",
    "show",
    "signal",
  ]);
  const { model, optimizer, loss, batches, clip, accumulate, evaluate, checkpoint, resume } = options;
  checkModel(model);
  checkInstance("optimizer", optimizer, Optimizer, { hint: "pass new AdamW(model.parameters()), for example" });
  checkOwnership(model, optimizer);
  checkLoss(loss);
  checkSource("batches", batches);
  if (Array.isArray(batches) && batches.length === 0) throw noBatch("train on");
  optional("clip", clip, (name, norm) =>
    checkNumber(name, norm, { above: 0, hint: "pass the largest norm that is allowed, such as 1, or leave it out" }),
  );
  optional("accumulate", accumulate, atLeastOne);
  if (options.stepsPerRun !== "auto") optional("stepsPerRun", options.stepsPerRun, atLeastOne);
  optional("evaluate", evaluate, checkEvaluationPlan);
  optional("checkpoint", checkpoint, checkCheckpointPlan);
  optional("resume", resume, checkBoolean);
  if (resume && !checkpoint) {
    throw new ArgumentError("resume needs checkpoints, but there is no checkpoint option", {
      hint: "pass { checkpoint: { folder, every } }",
    });
  }
  optional("onStep", options.onStep, checkFunction);
  optional("onEvaluation", options.onEvaluation, checkFunction);
  optional("reporters", options.reporters, (name, reporters) => checkArray(name, reporters, checkReporter));
  optional("show", options.show, checkBoolean);
  checkSignal("signal", options.signal);
}

/** How many steps the run takes in all. */
export function stepsOf<M extends Module, B extends Batch>({ steps, epochs, batches }: TrainOptions<M, B>): number {
  if ((steps === undefined) === (epochs === undefined)) {
    throw new ArgumentError(`train takes either steps or epochs, got ${steps === undefined ? "neither" : "both"}`, {
      hint: "pass one of the two, for example { steps: 1000 }",
    });
  }
  if (epochs === undefined) return atLeastOne("steps", steps);
  atLeastOne("epochs", epochs);
  if (isBatches(batches) || Array.isArray(batches)) return epochs * batches.length;
  throw new ArgumentError("train cannot tell how many batches an epoch has", {
    hint: "pass steps instead of epochs, or batches from tensorBatches or tokenBatches",
  });
}

/** Everything that the optimizer trains must belong to the model: the gradients are this model's, and would move any other weights as well. */
function checkOwnership(model: Module, optimizer: Optimizer): void {
  const own = new Set(Object.values(model.parameters()));
  const foreign = Object.entries(optimizer.parameters).flatMap(([name, found]) => (own.has(found) ? [] : [name]));
  if (foreign.length === 0) return;
  const [kind, owner] = [optimizer.constructor.name, model.constructor.name];
  const listed = `${foreign.slice(0, 3).join(", ")}${foreign.length > 3 ? ` and ${foreign.length - 3} more` : ""}`;
  throw new ArgumentError(`the optimizer trains parameters that this ${owner} does not have: ${listed}`, {
    hint: `make it from this model, and again whenever you make the model anew: new ${kind}(model.parameters(), …)`,
    facts: { argument: "optimizer", parameters: foreign },
  });
}

function checkLoss(loss: unknown): void {
  checkFunction("loss", loss as () => unknown, {
    hint: "pass a function such as (model, { x, y }) => model.forward(x).sub(y).square().mean()",
  });
}

function checkMetrics(argument: string, metrics: unknown): void {
  for (const [name, metric] of Object.entries(checkObject(argument, metrics, { hint: "pass functions by name, such as { accuracy }" }))) {
    checkFunction(`${argument}.${name}`, metric as () => unknown);
  }
}

function checkReporter(argument: string, reporter: unknown): void {
  if (typeof reporter !== "object" || reporter === null || Array.isArray(reporter)) {
    throw argumentError(argument, "a reporter", reporter, { hint: "pass objects with onStep, onEvaluation, onStart or onEnd" });
  }
  for (const name of ["onStart", "onStep", "onEvaluation", "onEnd"] as const) {
    optional(`${argument}.${name}`, (reporter as Reporter)[name] as (() => unknown) | undefined, checkFunction);
  }
}

function checkEvaluationPlan(argument: string, plan: unknown): void {
  checkOptions(argument, plan, ["batches", "every", "metrics", "patience", "restoreBest"]);
  const { batches, every, metrics, patience, restoreBest } = plan as Record<string, unknown>;
  if (batches === undefined)
    throw argumentError(`${argument}.batches`, "batches", batches, { hint: "pass those that the model does not learn from" });
  checkRepeatable(`${argument}.batches`, checkSource(`${argument}.batches`, batches));
  atLeastOne(`${argument}.every`, every);
  optional(`${argument}.metrics`, metrics, checkMetrics);
  optional(`${argument}.patience`, patience, atLeastOne);
  optional(`${argument}.restoreBest`, restoreBest, checkBoolean);
}

/** Each evaluation goes through the batches: a generator would have none for the second. */
function checkRepeatable(argument: string, batches: unknown): void {
  if (typeof (batches as { next?: unknown }).next !== "function") return;
  throw argumentError(argument, "batches that can be gone through more than once", batches, {
    hint: "pass an array, or the function that makes the generator",
  });
}

function checkCheckpointPlan(argument: string, plan: unknown): void {
  checkOptions(argument, plan, ["folder", "every", "keep"]);
  const { folder, every, keep } = plan as Record<string, unknown>;
  checkText(`${argument}.folder`, folder, { allowEmpty: false, hint: 'pass the path of a folder, such as "checkpoints/first-run"' });
  atLeastOne(`${argument}.every`, every);
  optional(`${argument}.keep`, keep, atLeastOne);
}
