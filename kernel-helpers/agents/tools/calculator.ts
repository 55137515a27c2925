/** A calculator as a tool. */
import { defineTool, type AgentTool } from "../tool.ts";
import { evaluateExpression } from "./expression.ts";

/** Arithmetic, by a parser. Its results have 15 significant digits, as doubles carry them: 0.1 + 0.2 is 0.3. */
export function calculator(): AgentTool {
  return defineTool<{ expression: string }>({
    name: "calculator",
    description: 'Computes an arithmetic expression, such as "(12.5 + 3) * 4", "15% * 80" or "round(sqrt(2), 3)".',
    parameters: {
      type: "object",
      properties: {
        expression: { type: "string", minLength: 1, maxLength: 200, description: "arithmetic: numbers, + - * / ^ %, brackets, functions" },
      },
      required: ["expression"],
      additionalProperties: false,
    },
    isTrusted: true,
    run: ({ expression }) => String(Number(evaluateExpression(expression).toPrecision(15))),
  });
}
