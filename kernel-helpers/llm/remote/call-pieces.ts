/** Calls of tools that come in pieces: a name first, then arguments as growing JSON. */
import { FormatError } from "../../errors.ts";
import { isPlainObject } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import type { ToolCall } from "../chat-model.ts";

export class CallPieces {
  readonly #calls = new Map<number, { name: string; text: string }>();

  add(index: number, name: string | undefined, text: string | undefined): void {
    const call = this.#calls.get(index) ?? { name: "", text: "" };
    this.#calls.set(index, { name: call.name + (name ?? ""), text: call.text + (text ?? "") });
  }

  /**
   * @param source Named in errors.
   * @throws {FormatError} Arguments that are not a JSON object.
   */
  finished(source: string): ToolCall[] {
    return [...this.#calls]
      .toSorted(([one], [other]) => one - other)
      .map(([, { name, text }]) => {
        const given =
          text.trim() === ""
            ? {}
            : parseJson(text, { file: `${source}: arguments of ${name}`, hint: "ask again: the model wrote a malformed call" });
        if (isPlainObject(given)) return { name, arguments: given };
        throw new FormatError(`${source}: the arguments of ${name} are not a JSON object`, {
          hint: "ask again: the model wrote a malformed call",
          facts: { tool: name, value: given },
        });
      });
  }
}
