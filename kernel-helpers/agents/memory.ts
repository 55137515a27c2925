/**
 * What of a conversation a model is shown when there is room for so many tokens only: the system's message, the last request and what was done since as long as it
 * fits; of what is older, the newest. A tool's result never stands without its call.
 */
import type { Message } from "../llm/index.ts";
import { checkArray, checkFunction, checkInteger, checkOptions } from "../runtime/check.ts";
import { estimateTokens, type CountTokens } from "../rag/index.ts";

export interface FitOptions {
  /** Tokens of all messages at most, without what the chat template adds. */
  budget: number;
  /** @default estimateTokens */
  countTokens?: CountTokens;
}

export interface FittedMessages {
  messages: readonly Message[];
  /** How many messages were left out. */
  forgotten: number;
  /** How many results of tools were shortened in the middle. */
  shortened: number;
  tokens: number;
  /** False where not even what has to stay fits. */
  fits: boolean;
}

/** A message, and the results of its calls. */
type Turn = Message[];

/**
 * Leaves out the oldest turns, then shortens the results of the last calls.
 *
 * @example
 * fitMessages(messages, { budget: 2000 }).messages
 */
export function fitMessages(messages: readonly Message[], options: FitOptions): FittedMessages {
  checkArray("messages", messages, () => {});
  checkOptions("options", options, ["budget", "countTokens"]);
  const budget = checkInteger("budget", options.budget, { min: 1 });
  const countTokens = checkFunction("countTokens", options.countTokens ?? estimateTokens);
  const cost = (turn: Turn): number => turn.reduce((sum, message) => sum + tokensOf(message, countTokens), 0);

  const turns = turnsOf(messages);
  const lastRequest = turns.findLastIndex(([first]) => first!.role === "user");
  const mustStay = (index: number): boolean => turns[index]![0]!.role === "system" || index === lastRequest || index === turns.length - 1;
  const kept = new Set(turns.map((_, index) => index).filter(mustStay));
  let room = budget - [...kept].reduce((sum, index) => sum + cost(turns[index]!), 0);
  for (let index = turns.length - 1; index >= 0; index--) {
    if (kept.has(index)) continue;
    const tokens = cost(turns[index]!);
    if (tokens > room) break; // what is older goes with it: a conversation has no holes but the one after the system's message
    kept.add(index);
    room -= tokens;
  }
  const chosen = turns.flatMap((turn, index) => (kept.has(index) ? turn : []));
  const { shortened, result } = room < 0 ? shortenResults(chosen, -room, countTokens) : { shortened: 0, result: chosen };
  const tokens = cost(result);
  return { messages: result, forgotten: messages.length - result.length, shortened, tokens, fits: tokens <= budget };
}

/** Of one message: its text, and its calls as JSON. */
export function tokensOf({ content, toolCalls }: Message, countTokens: CountTokens): number {
  return countTokens(content) + (toolCalls && toolCalls.length > 0 ? countTokens(JSON.stringify(toolCalls)) : 0);
}

function turnsOf(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    if (message.role === "tool" && turns.length > 0) turns.at(-1)!.push(message);
    else turns.push([message]);
  }
  return turns;
}

const omission = "\n[…]\n";

/** Takes the excess from the longest results, out of the middle: what a result begins and ends with says most. */
function shortenResults(messages: readonly Message[], excess: number, countTokens: CountTokens): { result: Message[]; shortened: number } {
  const result = [...messages];
  let [left, shortened] = [excess, 0];
  const longest = result
    .map((message, index) => ({ message, index, tokens: countTokens(message.content) }))
    .filter(({ message }) => message.role === "tool")
    .sort((one, other) => other.tokens - one.tokens);
  for (const { message, index, tokens } of longest) {
    if (left <= 0) break;
    const share = Math.max(0, tokens - left - countTokens(omission) - 2) / tokens;
    const half = Math.floor((message.content.length * share) / 2);
    const content = `${message.content.slice(0, half)}${omission}${half === 0 ? "" : message.content.slice(-half)}`;
    const saved = tokens - countTokens(content);
    if (saved <= 0) continue;
    result[index] = { ...message, content };
    left -= saved;
    shortened++;
  }
  return { result, shortened };
}
