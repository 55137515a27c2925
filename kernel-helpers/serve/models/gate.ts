/** Questions that a new version of a model has to answer before it takes over from the old one. */
import { readUtf8 } from "../../runtime/text-file.ts";
import { FormatError } from "../../errors.ts";
import type { LanguageModel, Message } from "../../llm/index.ts";
import { argumentError, checkArray, checkNumber, checkObject, checkText, isPlainObject } from "../../runtime/check.ts";
import type { Opened } from "./served-model.ts";

export interface GateQuestion {
  messages?: readonly Message[];
  /** In the place of messages: text to be continued. */
  prompt?: string;
  /** A regular expression that the answer has to match. */
  pattern: string;
}

export interface Gate {
  questions: readonly GateQuestion[];
  /** The share of questions that has to be answered rightly. @default 1 */
  threshold?: number;
  /** @default 64 */
  maxNewTokens?: number;
}

export interface GateReport {
  passed: boolean;
  /** The share that was answered rightly. */
  score: number;
  answers: { question: GateQuestion; text: string; isRight: boolean }[];
}

export function checkGate(gate: Gate): Gate {
  const { questions, threshold = 1 } = checkObject("gate", gate, { hint: "pass { questions: [{ prompt, pattern }] }" });
  checkNumber("gate.threshold", threshold, { min: 0, max: 1 });
  checkArray(
    "gate.questions",
    questions,
    (argument, question) => {
      const { prompt, pattern } = checkObject(argument, question);
      if (prompt !== undefined) checkText(`${argument}.prompt`, prompt, { allowEmpty: false });
      if (!isPattern(checkText(`${argument}.pattern`, pattern)))
        throw argumentError(`${argument}.pattern`, "a regular expression", pattern);
    },
    { allowEmpty: false },
  );
  return gate;
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

/** Asks all at once, with the likeliest tokens. Models of other kinds pass. */
export async function passGate(opened: Opened, gate: Gate | undefined): Promise<GateReport> {
  if (!gate || opened.kind !== "chat") return { passed: true, score: 1, answers: [] };
  const { threshold = 1, maxNewTokens = 64 } = gate;
  const answers = await Promise.all(
    gate.questions.map(async (question) => {
      const text = await answer(opened.model, question, maxNewTokens);
      return { question, text, isRight: new RegExp(question.pattern, "u").test(text) };
    }),
  );
  const score = answers.filter(({ isRight }) => isRight).length / answers.length;
  return { passed: score >= threshold, score, answers };
}

async function answer(model: LanguageModel, { messages, prompt }: GateQuestion, maxNewTokens: number): Promise<string> {
  const options = { temperature: 0, maxNewTokens };
  let text = "";
  for await (const part of messages ? model.chat(messages, options) : model.generate(prompt ?? "", options)) {
    if (part.type === "text") text += part.text;
  }
  return text;
}

/** A file of JSON lines, a question each. */
export async function readGate(file: string): Promise<Gate> {
  const lines = (await readUtf8(file)).split("\n").filter((line) => line.trim() !== "");
  const questions = lines.map((line, index) => {
    try {
      const question: unknown = JSON.parse(line);
      if (isPlainObject(question)) return question as unknown as GateQuestion;
    } catch {
      // said below
    }
    throw new FormatError(`${file}:${index + 1} is not a question`, {
      hint: 'a line is {"prompt": "The capital of France is", "pattern": "Paris"}, or has "messages" in the place of "prompt"',
      facts: { file, line: index + 1 },
    });
  });
  return checkGate({ questions });
}
