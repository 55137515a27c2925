/** Sampling many texts from a model side by side: the caches of all of them are one tensor, and a token of each costs one run. */
import { setImmediate } from "node:timers/promises";
import {
  argumentError,
  checkArray,
  checkIndices,
  checkInstance,
  checkInteger,
  checkNumber,
  checkOptions,
  checkSignal,
} from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { capabilitiesOf, jit, tensor, type Device, type Jitted, type Tensor } from "../../tensor/index.ts";
import { Sampler, samplingOptionNames, type SamplingOptions } from "../sampler.ts";
import { AdaptedModel } from "../fine-tune/adapted-model.ts";
import type { Cache } from "./block.ts";
import { generateInLoop } from "./generate-in-loop.ts";
import { GPT } from "./gpt.ts";

export interface GenerateBatchOptions extends SamplingOptions {
  /** How many tokens to add to each text at most, 1 or more. */
  maxNewTokens: number;
  /** A text is over after this id, which it keeps. @default none */
  endId?: number;
  /** Of the first text; each further one has the next. @default 0 */
  seed?: number;
  /** Forbids tokens: called before each draw with the text's new ids and its logits (V), in which it sets those to -Infinity. */
  constrain?: (row: number, ids: readonly number[], logits: Float32Array) => void;
  /**
   * Where it computes. On a device other than the CPU tokens are drawn there, many in a run; of the sampling options temperature and topK are for it, and the
   * same seed draws other tokens than on the CPU. @default "cpu"
   */
  device?: Device | "auto";
  /** Ends the generation. */
  signal?: AbortSignal;
}

interface Read {
  /** (B, V) */
  logits: Tensor;
  caches: Cache[];
}

interface Graphs {
  /** Texts (B, T), padded at their ends, and the place of each one's last token (B). */
  window: Jitted<[window: Tensor, last: Tensor], Read>;
  /** One more token of each, (B, 1), its position (B), and the caches of those before. */
  token: Jitted<[ids: Tensor, positions: Tensor, caches: Cache[]], Read>;
}

/** The graphs read the model's parameters at each run, so they stay right while it is trained. */
const graphsOf = new WeakMap<GPT | AdaptedModel, Graphs>();

function compile(model: GPT | AdaptedModel): Graphs {
  const graphs: Graphs = {
    window: jit((window, last) => model.readBatch(window, last)),
    token: jit((ids, positions, before) => model.stepBatch(ids, positions, before)),
  };
  graphsOf.set(model, graphs);
  return graphs;
}

/** Tokens that the caches have room for: all that a GPT reads, or what the texts need, in steps of 16, so that rollouts share a graph. */
function roomFor(model: GPT | AdaptedModel, longest: number): number {
  const { contextLength } = model.config;
  return model instanceof GPT ? contextLength : Math.min(contextLength, Math.ceil(longest / 16) * 16);
}

/**
 * The ids that follow each prompt, all sampled side by side: of a GPT a text is what `generate` makes of its prompt with its seed. The model reads in evaluation mode. ■,
 * Ctrl-C and `signal` end it between two tokens.
 *
 * @param prompts At least one id each, as many as leave room for `maxNewTokens` in the context.
 * @returns The new ids of each text, its `endId` included if it came to it.
 * @throws {OutOfRangeError} An id that is not in the model's vocabulary.
 * @throws {ArgumentError} No prompts, one that is empty or too long, an option out of range, or a model whose logits are NaN.
 */
export async function generateBatch(
  model: GPT | AdaptedModel,
  prompts: readonly ArrayLike<number>[],
  options: GenerateBatchOptions,
): Promise<number[][]> {
  if (!(model instanceof AdaptedModel)) checkInstance("model", model, GPT);
  checkOptions("options", options ?? {}, [...samplingOptionNames, "maxNewTokens", "endId", "constrain", "device", "signal"]);
  const { maxNewTokens, endId, seed = 0, constrain, device = "cpu", signal, ...sampling } = options;
  const { vocabularySize, contextLength } = model.config;
  checkInteger("maxNewTokens", maxNewTokens, { min: 1 });
  checkInteger("seed", seed);
  checkSignal("signal", signal);
  if (endId !== undefined) checkIndices("endId", [endId], vocabularySize);
  const texts = checkPrompts(prompts, vocabularySize, contextLength - maxNewTokens);
  if (capabilitiesOf(device).device !== "cpu") {
    if (model instanceof GPT) return onDevice(model, texts, { ...options, device });
    throw argumentError("device", '"cpu"', device, { hint: "only a GPT is sampled from on another device" });
  }
  const samplers = texts.map((_, row) => new Sampler({ ...sampling, seed: seed + row }));
  const added: number[][] = texts.map(() => []);
  const isDone = (ids: readonly number[]): boolean => ids.length === maxNewTokens || (endId !== undefined && ids.at(-1) === endId);
  const graphs = graphsOf.get(model) ?? compile(model);
  using interrupt = await interruptible(signal);

  const take = ({ logits }: Read): void => {
    const numbers = logits.data as Float32Array;
    for (const [row, ids] of added.entries()) {
      if (isDone(ids)) continue;
      const own = numbers.slice(row * vocabularySize, (row + 1) * vocabularySize);
      constrain?.(row, ids, own);
      ids.push(samplers[row]!.next(own, [...texts[row]!, ...ids]));
    }
  };
  const wasTraining = model.training;
  model.eval();
  try {
    const room = roomFor(model, Math.max(...texts.map(({ length }) => length)) + maxNewTokens);
    const window = new Float64Array(texts.length * room);
    texts.forEach((ids, row) => window.set(ids, row * room));
    let read = graphs.window(
      tensor(window, { shape: [texts.length, room], dtype: "int64" }),
      tensor(
        texts.map((ids) => ids.length - 1),
        { dtype: "int64" },
      ),
    );
    take(read);
    while (!added.every(isDone)) {
      await setImmediate();
      interrupt.signal.throwIfAborted();
      // A text that is over reads its last token again and again, at its own place.
      const last = added.map((ids) => [ids.at(-1)!]);
      const places = added.map((ids, row) => texts[row]!.length + ids.length - 1);
      read = graphs.token(tensor(last, { dtype: "int64" }), tensor(places, { dtype: "int64" }), read.caches);
      take(read);
    }
    return added;
  } finally {
    model.train(wasTraining);
  }
}

async function onDevice(
  model: GPT,
  texts: readonly number[][],
  options: GenerateBatchOptions & { device: Device | "auto" },
): Promise<number[][]> {
  const { maxNewTokens, endId, seed = 0, device, signal, temperature = 1, topK = Infinity } = options;
  const left = (["constrain", "topP", "minP", "repetitionPenalty"] as const).find((name) => options[name] !== undefined);
  if (left !== undefined) {
    throw argumentError(left, "left out", options[left], {
      hint: 'tokens are drawn on the device by temperature and topK; or use device: "cpu"',
    });
  }
  checkNumber("temperature", temperature, { min: 0 });
  if (topK !== Infinity) checkInteger("topK", topK, { min: 1 });
  using interrupt = await interruptible(signal);
  const wasTraining = model.training;
  model.eval();
  try {
    return await generateInLoop(model, texts, { device, temperature, topK, maxNewTokens, endId, seed }, interrupt.signal);
  } finally {
    model.train(wasTraining);
  }
}

function checkPrompts(prompts: readonly ArrayLike<number>[], vocabularySize: number, room: number): number[][] {
  const hint = `pass arrays of ids of the model's vocabulary, from 0 to ${vocabularySize - 1}`;
  const texts: number[][] = [];
  checkArray(
    "prompts",
    prompts,
    (name, prompt) => {
      const ids = Array.from(checkIndices(name, prompt, vocabularySize, { hint }));
      if (ids.length === 0 || ids.length > room) {
        throw argumentError(name, `1 to ${room} ids`, prompt, {
          hint: "the prompt and maxNewTokens together must fit the model's context",
        });
      }
      texts.push(ids);
    },
    { allowEmpty: false, hint },
  );
  return texts;
}
