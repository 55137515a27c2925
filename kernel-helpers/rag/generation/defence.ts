/**
 * Against instructions that hide in documents. A model reads sources and instructions as one text, so a document can say "ignore the question". Three measures,
 * after Hines et al. 2024 (Spotlighting, arXiv:2403.14720): sources stand between marks that their author cannot know; the prompt says that what is between
 * them is data; and sentences that speak to a model are withheld from it.
 *
 * Of 16 attacks (evaluateInjection's eight at the end of a source, two English questions, Qwen2.5-Coder-0.5B) 8 succeed with a common prompt ("Use the following pieces
 * of context …"), 4 with this library's without a defence, and none between marks, whether such sentences are withheld or not. None of this is proof. The patterns below know the
 * attacks that they were written for; of 12 written afterwards they recognise 5. They take 1 of 2,100 sentences of ordinary documentation for an attack.
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
  /^\s*(?:system|assistant|developer|user)\s*:|\b(?:system|assistant|developer|user) (?:prompt|message|note|instruction|override)\s*:/i,
  /\byou (?:are|must|should|will|have to)\b.{0,30}\b(?:now|an? (?:ai|assistant|model|chatbot)|answer|reply|respond|output|print|say|write)\b/i,
  /\b(?:answer|reply|respond|output|print|say|write|repeat)\b.{0,30}\b(?:only|exactly|instead|every|any|all|the following|with)\b.{0,60}(?:["“”':：]|\bquestions?\b)/i,
  /\b(?:ai|language model|llm|chatbot|assistants?)\b.{0,40}\b(?:reading|processing|must|should|instructed|answer|reply)\b/i,
  /(?:忽略|无视|忘记|不要理会|不必理会).{0,20}(?:指令|指示|提示|规则|问题|来源|资料|上文|以上|之前|前面)/,
  /^\s*(?:系统|用户|助手|开发者)\s*[:：]|(?:系统|用户|助手|开发者)\s*(?:提示|消息|指令)\s*[:：]/,
  /(?:你现在是|你是一个|你必须|你只能|请你?务必|请只|都只).{0,8}(?:回答|回复|输出|说|写)/,
  /(?:无论|不管).{0,16}(?:问|问题).{0,16}(?:回答|回复|输出|答)/,
  /\bfrom (?:now|here) on\b.{0,40}\b(?:your?|only|answer|reply|respond)\b/i,
  /\b(?:dear|attention|note to|message (?:to|for)|instructions? (?:to|for))\b.{0,12}\b(?:ai|assistants?|models?|chatbots?|llms?)\b/i,
  /\b(?:do not|don't|never) (?:answer|reply to|respond to)\b/i,
  /\b(?:set|put|leave) aside\b.{0,40}\b(?:asked|questions?|instructions?|request|above|before|prior)\b/i,
  /\b(?:the )?(?:real|actual|true|correct) (?:question|answer|task|request)\b.{0,60}\bis\b/i,
  /\b(?:[Pp]rint|[Oo]utput|[Rr]eply|[Rr]espond|[Ss]ay|[Aa]nswer|[Rr]epeat|[Ww]ord)(?:\s+(?:with|only|just|the|word|now|back))*\s+["“']?[A-Z][A-Z0-9_-]{4,}(?![a-z])/,
  /<\/(?:sources?|documents?|context|data|instructions?)>|\[(?:end|begin(?:ning)?) of (?:the )?(?:sources?|documents?|context)\]/i,
  /(?:把|将).{0,12}(?:要求|指令|问题|提示).{0,12}(?:当作|视为|作废|没看到|忘)/,
  /给.{0,8}(?:助手|模型|AI).{0,4}(?:说明|指示|指令|提示|消息)/i,
  /从现在(?:起|开始).{0,10}(?:你|只|都|一律)/,
  /(?:真正|正确|实际)的?(?:答案|问题|任务)(?:是|为)/,
  /(?:回复|回答|输出|打印|说)\s*["“「]?[A-Z][A-Z0-9_-]{4,}/,
  /用\s*["“「]?[A-Z][A-Z0-9_-]{4,}["”」]?\s*(?:来)?(?:作答|回答|回复)/,
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
