/**
 * Calls of tools in a model's text, as Qwen 2.5 and Hermes write them (github.com/NousResearch/Hermes-Function-Calling):
 * `<tool_call>{"name": …, "arguments": {…}}</tool_call>`.
 */
import { argumentError, checkArray, checkChoice, checkObject, checkText, isPlainObject } from "../../runtime/check.ts";
import type { ChatOptions, Part, Tool, ToolCall } from "../chat-model.ts";
import { choice, literal, repeat, rule, sequence, type Expression, type Grammar } from "../constrain/grammar.ts";
import { schemaToGrammar } from "../constrain/json-schema.ts";
import { comma, space } from "../constrain/json-text.ts";
import { TextStream } from "../text-stream.ts";

export const callStart = "<tool_call>";
export const callEnd = "</tool_call>";

/** @throws {ArgumentError} Tools that are not tools, two of the same name, or a choice without tools. */
export function checkTools({ tools, toolChoice = "auto" }: Pick<ChatOptions, "tools" | "toolChoice">): void {
  checkChoice("toolChoice", toolChoice, ["auto", "valid", "required"]);
  if (tools === undefined) {
    if (toolChoice === "auto") return;
    throw argumentError("toolChoice", "left out where there are no tools", toolChoice, { hint: "pass tools: [{ name, parameters }]" });
  }
  const names = new Set<string>();
  checkArray(
    "tools",
    tools,
    (argument, tool) => {
      const { name, description = "", parameters } = checkObject(argument, tool, { hint: "pass { name, description, parameters }" });
      checkText(`${argument}.name`, name, { allowEmpty: false });
      checkText(`${argument}.description`, description);
      checkObject(`${argument}.parameters`, parameters, { hint: "pass a JSON Schema of the arguments" });
      if (names.has(name as string)) throw argumentError(`${argument}.name`, "a name of its own", name);
      names.add(name as string);
    },
    { allowEmpty: false },
  );
}

/** Texts whose calls all fit the tools: with text between them, or, where one is required, calls alone. */
export function toolGrammar(tools: readonly Tool[], isRequired: boolean): Grammar {
  const rules = new Map<string, Expression>();
  const calls = tools.map(({ name, parameters }, index) => {
    const { root, rules: own } = schemaToGrammar(parameters, `tools[${index}].parameters`);
    for (const [key, expression] of own) rules.set(key, expression);
    return sequence(
      literal('{"name":'),
      space,
      literal(JSON.stringify(name)),
      comma,
      literal('"arguments":'),
      space,
      root,
      space,
      literal("}"),
    );
  });
  const rest = sequence(space, choice(calls), space, literal(callEnd));
  rules.set("rest of a call", rest);
  if (isRequired) {
    const call = sequence(literal(callStart), rule("rest of a call"));
    return { root: sequence(call, repeat(sequence(literal("\n"), call), 0)), rules };
  }
  // One rule for each number of characters of <tool_call> that the text ends with (the automaton of Knuth, Morris and Pratt).
  const start = Array.from(callStart);
  const after = (ending: string): string => {
    let matched = Math.min(start.length, ending.length);
    while (!ending.endsWith(callStart.slice(0, matched))) matched--;
    return matched === start.length ? "call" : `text ${matched}`;
  };
  for (const matched of start.keys()) {
    const before = callStart.slice(0, matched);
    const next = [...new Set(start)].map((character) => [character.charCodeAt(0), after(before + character)] as const);
    const other = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !next.some(([code]) => code === byte));
    rules.set(
      `text ${matched}`,
      choice([
        literal(""),
        ...next.map(([code, name]) => sequence({ kind: "byte", ranges: [[code, code]] }, rule(name))),
        sequence({ kind: "byte", ranges: other.map((byte) => [byte, byte]) }, rule("text 0")),
      ]),
    );
  }
  rules.set("call", sequence(rule("rest of a call"), rule("text 0")));
  return { root: rule("text 0"), rules };
}

/** Makes parts of the calls in the text. What is between the marks and is not a call stays text, as it was written. */
export async function* partsOfCalls(parts: AsyncIterable<Part>): AsyncGenerator<Part, void> {
  let text = new TextStream([callStart]);
  let call: string | undefined;
  let isAfterCall = false;
  const encoder = new TextEncoder();
  const cleaned = (piece: string): string => {
    const rest = isAfterCall ? piece.trimStart() : piece; // the line breaks between calls are nobody's text
    if (rest !== "") isAfterCall = false;
    return rest;
  };
  for await (const part of parts) {
    if (part.type === "text") {
      let unread = part.text;
      while (unread !== "" || call !== undefined) {
        if (call === undefined) {
          const piece = cleaned(text.push(encoder.encode(unread)));
          unread = "";
          if (piece !== "") yield { type: "text", text: piece };
          if (!text.isStopped) break;
          unread = text.rest;
          call = "";
        }
        call += unread;
        unread = "";
        const end = call.indexOf(callEnd);
        if (end < 0) break;
        yield parsed(call.slice(0, end)) ?? { type: "text", text: `${callStart}${call.slice(0, end + callEnd.length)}` };
        unread = call.slice(end + callEnd.length);
        [call, text, isAfterCall] = [undefined, new TextStream([callStart]), true];
      }
    } else if (part.type === "finish") {
      const piece = call === undefined ? cleaned(text.end()) : "";
      if (piece !== "") yield { type: "text", text: piece };
      if (call !== undefined) yield parsed(call) ?? { type: "text", text: `${callStart}${call}` };
      yield part;
    } else yield part;
  }
}

function parsed(text: string): ({ type: "tool-call" } & ToolCall) | undefined {
  try {
    const { name, arguments: given } = JSON.parse(text) as Record<string, unknown>;
    if (typeof name === "string" && isPlainObject(given)) return { type: "tool-call", name, arguments: given };
  } catch {
    // not JSON: the caller leaves it as text
  }
  return undefined;
}
