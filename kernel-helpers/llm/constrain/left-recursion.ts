/** A rule that begins with itself can be followed forever without reading a byte. */
import { ArgumentError } from "../../errors.ts";
import type { Expression, Grammar } from "./grammar.ts";

/** @throws {ArgumentError} A rule that begins with itself, at once or by way of others. Facts: rule. */
export function refuseLeftRecursion({ rules }: Grammar): void {
  const nullable = new Set<string>();
  const mayBeEmpty = (expression: Expression): boolean => {
    switch (expression.kind) {
      case "literal":
        return expression.bytes.length === 0;
      case "byte":
        return false;
      case "sequence":
        return expression.items.every(mayBeEmpty);
      case "choice":
        return expression.options.some(mayBeEmpty);
      case "repeat":
        return expression.min === 0 || mayBeEmpty(expression.item);
      case "rule":
        return nullable.has(expression.name);
    }
  };
  for (let size = -1; size !== nullable.size;) {
    size = nullable.size;
    for (const [name, expression] of rules) if (mayBeEmpty(expression)) nullable.add(name);
  }
  /** The rules that an expression may begin with. */
  const beginnings = (expression: Expression): string[] => {
    switch (expression.kind) {
      case "literal":
      case "byte":
        return [];
      case "sequence": {
        const first = expression.items.findIndex((item) => !mayBeEmpty(item));
        return expression.items.slice(0, first < 0 ? undefined : first + 1).flatMap(beginnings);
      }
      case "choice":
        return expression.options.flatMap(beginnings);
      case "repeat":
        return beginnings(expression.item);
      case "rule":
        return [expression.name];
    }
  };
  const state = new Map<string, "open" | "done">();
  const visit = (name: string): void => {
    if (state.get(name) === "open") {
      throw new ArgumentError(`the rule ${name} begins with itself`, {
        hint: 'write what repeats as a repetition: not list ::= list "," item, but list ::= item ("," item)*',
        facts: { rule: name },
      });
    }
    if (state.has(name)) return;
    state.set(name, "open");
    beginnings(rules.get(name)!).forEach(visit);
    state.set(name, "done");
  };
  for (const name of rules.keys()) visit(name);
}
