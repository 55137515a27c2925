/** Examples to learn from as ids, with the tokens that are learnt: the assistant's, and what ends its turn. */
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkArray, checkObject, checkOptions, checkText } from "../../runtime/check.ts";
import type { Message, Tool } from "../chat-model.ts";
import type { ModelText } from "../model-text.ts";

/** A conversation, of which the assistant's messages are learnt, or a text and what follows it. */
export type Example = { messages: readonly Message[]; tools?: readonly Tool[] } | { prompt: string; completion: string };

export interface EncodedExample {
  ids: Uint32Array;
  /** Whether each of the ids is to be predicted. */
  isLearnt: readonly boolean[];
}

const hint = 'pass [{ messages: [{ role: "user", content: "…" }, { role: "assistant", content: "…" }] }]';

/** @throws {ArgumentError} Something is not an example, or the model has no chat template for conversations. */
export function encodeExamples(argument: string, examples: readonly Example[], text: ModelText): EncodedExample[] {
  checkArray(argument, examples, (name, example) => checkObject(name, example, { hint }), { allowEmpty: false, hint });
  return examples.map((example, index) => {
    const name = `${argument}[${index}]`;
    return "messages" in example ? encodeConversation(name, example, text) : encodeCompletion(name, example, text);
  });
}

/**
 * The template filled in up to each of the assistant's answers, and with it: what the second has more is learnt, as far as the token that ends the
 * turn. A template that writes earlier messages differently once others follow is refused: what is learnt would not be what the model is asked later.
 */
export function encodeConversation(
  name: string,
  example: Extract<Example, { messages: unknown }>,
  { chatTemplate, tokenizer, endIds }: ModelText,
): EncodedExample {
  checkOptions(name, example, ["messages", "tools"]);
  const { messages, tools } = example;
  if (!chatTemplate) {
    throw new ArgumentError("the model has no chat template", {
      hint: "pass examples as { prompt, completion }, or take a model for conversations",
    });
  }
  checkArray(`${name}.messages`, messages, (at, message) => checkObject(at, message, { hint }), { allowEmpty: false, hint });
  const encode = (count: number, addGenerationPrompt: boolean): Uint32Array =>
    chatTemplate.encode(messages.slice(0, count), tokenizer, { addGenerationPrompt, ...(tools && { tools }) });
  const ids = encode(messages.length, false);
  const isLearnt = Array.from(ids, () => false);
  messages.forEach(({ role }, index) => {
    if (role !== "assistant") return;
    if (index === 0)
      throw argumentError(`${name}.messages[0].role`, "system or user", role, { hint: "the assistant answers: begin with a question" });
    const [start, end] = [encode(index, true), encode(index + 1, false)];
    const isPart = (part: Uint32Array): boolean => part.every((id, at) => ids[at] === id);
    if (!isPart(start) || !isPart(end)) {
      throw new ArgumentError(
        `the chat template writes ${name} differently when messages follow: what is learnt cannot be told from the prompt`,
        {
          hint: "end the conversation with this answer, or pass { prompt, completion }",
          facts: { argument: name, message: index },
        },
      );
    }
    isLearnt.fill(true, start.length, endOfTurn(end, start.length, endIds));
  });
  return { ids, isLearnt };
}

/** After the last token that ends a turn: what a template writes behind it, such as a line break, is not the model's to say. */
function endOfTurn(ids: Uint32Array, start: number, endIds: ReadonlySet<number>): number {
  const last = ids.findLastIndex((id, at) => at >= start && endIds.has(id));
  return last < 0 ? ids.length : last + 1;
}

function encodeCompletion(name: string, example: Extract<Example, { prompt: string }>, { tokenizer, endIds }: ModelText): EncodedExample {
  checkOptions(name, example, ["prompt", "completion"]);
  const prompt = checkText(`${name}.prompt`, example.prompt, { hint });
  const completion = checkText(`${name}.completion`, example.completion, { allowEmpty: false, hint });
  const before = [...tokenizer.prefixIds, ...tokenizer.encode(prompt, { allowSpecial: true })];
  const [end] = endIds;
  const after = [...tokenizer.encode(completion), ...(end === undefined ? [] : [end])];
  return { ids: Uint32Array.from([...before, ...after]), isLearnt: [...before.map(() => false), ...after.map(() => true)] };
}
