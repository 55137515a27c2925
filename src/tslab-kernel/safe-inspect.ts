/** Values as text, whatever they are: a value must neither hang nor fail its own display, nor fill the notebook. */
import { inspect, type InspectOptions } from "node:util";

/** Characters of one string within a value, and of the whole text. */
const limits = { string: 10_000, text: 100_000 };

export function safeInspect(value: unknown, options: InspectOptions = {}): string {
  const settings: InspectOptions = { depth: 4, maxStringLength: limits.string, showProxy: false, ...options };
  try {
    return cut(inspect(value, settings));
  } catch {
    try {
      // Its own way of showing itself failed.
      return cut(inspect(value, { ...settings, customInspect: false }));
    } catch {
      return "[a value that fails to show itself]";
    }
  }
}

function cut(text: string): string {
  const left = text.length - limits.text;
  return left <= 0 ? text : `${text.slice(0, limits.text)}\n… ${left.toLocaleString("en-US")} more characters`;
}

/** What Node's async hooks attach to promises and timers, visible to every reader who looks at one. */
const hookNames = /^(async_id_symbol|trigger_async_id_symbol|asyncId|triggerId|kResourceStore|async_context_frame)$/;

/** From now on a promise shows its state alone. */
export function hideHooksOfPromises(): void {
  const { prototype } = Promise;
  void Object.defineProperty(prototype, inspect.custom, {
    configurable: true,
    writable: true,
    enumerable: false,
    value(this: object): object {
      for (const symbol of Object.getOwnPropertySymbols(this)) {
        if (hookNames.test(symbol.description ?? "")) Object.defineProperty(this, symbol, { enumerable: false });
      }
      return this; // shown as Node would
    },
  });
}
