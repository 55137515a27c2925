/**
 * Against instructions that hide in documents. A model reads sources and instructions as one text, so a document can say "ignore the question". Three measures,
 * after Hines et al. 2024 (Spotlighting, arXiv:2403.14720): sources stand between marks that their author cannot know; the prompt says that what is between
 * them is data; and sentences that speak to a model are withheld from it. None is proof: evaluateInjection measures what each is worth.
 */
import { createHash } from "node:crypto";
import { sentences } from "../chunking/sentences.ts";

export type Defence = "none" | "delimit" | "withhold";

/** What sources are set between: new for each prompt, so that no document can close it. */
export function boundaryOf(question: string, texts: readonly string[]): string {
  return createHash("sha256")
    .update(JSON.stringify([question, texts]))
    .digest("hex")
    .slice(0, 8);
}

/** How a sentence speaks that is meant for a model and not for a reader. */
const speaksToModel = [
  /\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|prompts?|rules?|question|sources?|context|above|previous|prior|everything)\b/i,
  /\b(?:new|updated|real|actual|important) (?:instructions?|task|system prompt)\b/i,
  /\b(?:system|assistant|developer|user)\s*(?:prompt|message|note|instruction|override)?\s*:/i,
  /\byou (?:are|must|should|will|have to)\b.{0,30}\b(?:now|an? (?:ai|assistant|model|chatbot)|answer|reply|respond|output|print|say|write)\b/i,
  /\b(?:answer|reply|respond|output|print|say|write|repeat)\b.{0,30}\b(?:only|exactly|instead|every|any|all|the following|with)\b.{0,60}(?:["“”':：]|\bquestions?\b)/i,
  /\b(?:ai|language model|llm|chatbot|assistants?)\b.{0,40}\b(?:reading|processing|must|should|instructed|answer|reply)\b/i,
  /(?:忽略|无视|忘记|不要理会|不必理会).{0,20}(?:指令|指示|提示|规则|问题|来源|资料|上文|以上|之前|前面)/,
  /(?:系统|用户|助手|开发者)\s*(?:提示|消息|指令)?\s*[:：]/,
  /(?:你现在是|你是一个|你必须|你只能|请你?务必|请只|都只).{0,8}(?:回答|回复|输出|说|写)/,
  /(?:无论|不管).{0,16}(?:问|问题).{0,16}(?:回答|回复|输出|答)/,
  /<\|?(?:im_start|im_end|system|end|assistant|user)\|?>|\[\/?INST\]/i,
];

export const isInstruction = (sentence: string): boolean => speaksToModel.some((pattern) => pattern.test(sentence));

/** The text without the sentences that speak to a model, and those. */
export function withhold(text: string): { text: string; withheld: string[] } {
  const withheld: string[] = [];
  let [result, at] = ["", 0];
  for (const { start, end } of sentences(text)) {
    const sentence = text.slice(start, end);
    if (!isInstruction(sentence)) continue;
    withheld.push(sentence);
    result += `${text.slice(at, start)}[…]`;
    at = end;
  }
  return { text: result + text.slice(at), withheld };
}
