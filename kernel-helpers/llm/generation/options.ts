/** The options of a generation, checked. */
import { checkArray, checkInteger, checkOptions, checkSignal, checkText } from "../../runtime/check.ts";
import { constraintOptionNames, type ConstraintOptions } from "../constrain/constraints.ts";
import { Sampler, samplingOptionNames, type SamplingOptions } from "../sampler.ts";
import type { LanguageModel } from "../language-model.ts";

export interface GenerationOptions extends SamplingOptions, ConstraintOptions {
  /**
   * Where the text is constrained, it is closed in time, if only as many tokens suffice; if not, it is cut off, and the reason of its end is `length`.
   *
   * @default 256
   */
  maxNewTokens?: number;
  /** Strings that end the text; they are not part of it. */
  stop?: readonly string[];
  /** With it, each token comes as a part of its own before its text, with its log-probability and those of so many of the likeliest tokens. */
  logProbs?: number;
  /**
   * Speculative decoding: a smaller model of the same vocabulary guesses tokens, or `lookup`, what followed earlier in the text, as it does when code is edited.
   * The text is the same, up to the rounding of quantised products.
   */
  draft?: LanguageModel | "lookup";
  /** How many tokens are guessed at once. @default 4 */
  draftTokens?: number;
  /** Ends the generation; what has come stays. */
  signal?: AbortSignal;
}

export interface CheckedOptions {
  sampler: Sampler;
  maxNewTokens: number;
  stop: readonly string[];
  logProbs: number | undefined;
  draftTokens: number;
  signal: AbortSignal | undefined;
}

const names = [...samplingOptionNames, ...constraintOptionNames, "maxNewTokens", "stop", "logProbs", "draft", "draftTokens", "signal"];

/** Checks all options but the constraint and the draft, which the model knows more about. */
export function checkGeneration(options: GenerationOptions, vocabSize: number): CheckedOptions {
  checkOptions("options", options, names);
  const { maxNewTokens = 256, stop = [], logProbs, draftTokens = 4, signal } = options;
  const sampling = Object.fromEntries(samplingOptionNames.filter((name) => name in options).map((name) => [name, options[name]]));
  checkSignal("signal", signal);
  return {
    sampler: new Sampler(sampling),
    maxNewTokens: checkInteger("maxNewTokens", maxNewTokens, { min: 1 }),
    stop: checkArray("stop", stop, (name, text) => checkText(name, text, { allowEmpty: false })),
    logProbs: logProbs === undefined ? undefined : checkInteger("logProbs", logProbs, { min: 0, max: vocabSize }),
    draftTokens: checkInteger("draftTokens", draftTokens, { min: 1, max: 64 }),
    signal,
  };
}
