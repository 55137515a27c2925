/** The options of a generation, checked. */
import { checkArray, checkInteger, checkOptions, checkSignal, checkText } from "../../runtime/check.ts";
import { Sampler, samplingOptionNames, type SamplingOptions } from "../sampler.ts";

export interface GenerationOptions extends SamplingOptions {
  /** @default 256 */
  maxNewTokens?: number;
  /** Strings that end the text; they are not part of it. */
  stop?: readonly string[];
  /** With it, each token comes as a part of its own before its text, with its log-probability and those of so many of the likeliest tokens. */
  logProbs?: number;
  /** Ends the generation; what has come stays. */
  signal?: AbortSignal;
}

export interface Request {
  sampler: Sampler;
  maxNewTokens: number;
  stop: readonly string[];
  logProbs: number | undefined;
  signal: AbortSignal | undefined;
}

const names = [...samplingOptionNames, "maxNewTokens", "stop", "logProbs", "signal"];

export function checkGeneration(options: GenerationOptions, vocabSize: number): Request {
  checkOptions("options", options, names);
  const { maxNewTokens = 256, stop = [], logProbs, signal, ...sampling } = options;
  checkSignal("signal", signal);
  return {
    sampler: new Sampler(sampling),
    maxNewTokens: checkInteger("maxNewTokens", maxNewTokens, { min: 1 }),
    stop: checkArray("stop", stop, (name, text) => checkText(name, text, { allowEmpty: false })),
    logProbs: logProbs === undefined ? undefined : checkInteger("logProbs", logProbs, { min: 0, max: vocabSize }),
    signal,
  };
}
