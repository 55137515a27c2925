/** Arithmetic read by a parser: there is no eval, and nothing but numbers comes out of it (Pratt's top down operator precedence, 1973). */
import { ArgumentError } from "../../errors.ts";
import { checkText } from "../../runtime/check.ts";

const constants: Readonly<Record<string, number>> = { pi: Math.PI, π: Math.PI, e: Math.E, tau: 2 * Math.PI };

const functions: Readonly<Record<string, { min: number; max: number; apply: (...values: number[]) => number }>> = {
  ...ofOne({ abs: Math.abs, sqrt: Math.sqrt, cbrt: Math.cbrt, exp: Math.exp, ln: Math.log, log10: Math.log10, log2: Math.log2 }),
  ...ofOne({ sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan }),
  ...ofOne({ floor: Math.floor, ceil: Math.ceil, trunc: Math.trunc, sign: Math.sign }),
  log: { min: 1, max: 2, apply: (value, base = 10) => (base === 10 ? Math.log10(value) : Math.log(value) / Math.log(base)) },
  round: { min: 1, max: 2, apply: roundTo },
  pow: { min: 2, max: 2, apply: (base, exponent) => base! ** exponent! },
  min: { min: 1, max: 100, apply: Math.min },
  max: { min: 1, max: 100, apply: Math.max },
  sum: { min: 1, max: 100, apply: (...values) => values.reduce((sum, value) => sum + value, 0) },
};

/** Binding powers: to the left, and to the right. */
const binary: Readonly<Record<string, { left: number; right: number; apply: (one: number, other: number) => number }>> = {
  "+": { left: 10, right: 11, apply: (one, other) => one + other },
  "-": { left: 10, right: 11, apply: (one, other) => one - other },
  "*": { left: 20, right: 21, apply: (one, other) => one * other },
  "/": { left: 20, right: 21, apply: (one, other) => one / other },
  "%": { left: 20, right: 21, apply: (one, other) => one % other },
  "^": { left: 41, right: 40, apply: (one, other) => one ** other },
};
const unaryPower = 30; // -2^2 is -4
const maxLength = 1000;
const maxDepth = 100;

/**
 * What an expression comes to: + - * / ^ and ** as in mathematics, brackets, `7 % 3` as a remainder and `15%` as 0.15, functions such as sqrt, round and max, pi and e;
 * also as Chinese keyboards and word processors write it: （3＋4）×5÷2.
 *
 * @throws {ArgumentError} It is not arithmetic, or its value is not a number. Facts: position, from 1.
 */
export function evaluateExpression(text: string): number {
  checkText("expression", text, { allowEmpty: false });
  if (text.length > maxLength) throw refusal(text, maxLength, `it is longer than ${maxLength} characters`);
  const value = new Parser(text).parse();
  if (Number.isFinite(value)) return value;
  throw refusal(text, 1, Number.isNaN(value) ? "its value is not a real number" : "its value is too large, or divided by zero");
}

interface Token {
  kind: "number" | "name" | "sign" | "end";
  text: string;
  at: number;
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): number {
    const value = this.#expression(0);
    if (this.#peek.kind !== "end") this.#fail(`"${this.#peek.text}" is not expected here`);
    return value;
  }

  get #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #expression(power: number): number {
    if (++this.#depth > maxDepth) this.#fail(`it is nested more than ${maxDepth} deep`);
    let value = this.#operand();
    for (;;) {
      const { kind, text } = this.#peek;
      if (kind !== "sign") break;
      if (text === "%" && !this.#startsOperand(this.#tokens[this.#next + 1]!)) {
        this.#next++;
        value /= 100;
        continue;
      }
      const operator = binary[text];
      if (!operator || operator.left < power) break;
      this.#next++;
      value = operator.apply(value, this.#expression(operator.right));
    }
    this.#depth--;
    return value;
  }

  #operand(): number {
    const { kind, text } = this.#peek;
    if (kind === "end") this.#fail("it ends too soon");
    this.#next++;
    if (kind === "number") return Number(text);
    if (kind === "name") return this.#named(text);
    if (text === "+") return this.#expression(unaryPower);
    if (text === "-") return -this.#expression(unaryPower);
    if (text === "(") {
      const value = this.#expression(0);
      this.#take(")");
      return value;
    }
    this.#next--;
    return this.#fail(`"${text}" is not expected here`);
  }

  #named(name: string): number {
    const key = name.toLowerCase();
    if (Object.hasOwn(constants, key)) return constants[key]!;
    if (!Object.hasOwn(functions, key)) {
      this.#next--;
      return this.#fail(`"${name}" is not known: the functions are ${Object.keys(functions).join(", ")}`);
    }
    const { min, max, apply } = functions[key]!;
    this.#take("(");
    const values = [this.#expression(0)];
    while (this.#peek.text === ",") {
      this.#next++;
      values.push(this.#expression(0));
    }
    this.#take(")");
    if (values.length < min || values.length > max)
      this.#fail(`${key} takes ${min === max ? min : `${min} to ${max}`} numbers, got ${values.length}`);
    return apply(...values);
  }

  #take(sign: string): void {
    if (this.#peek.text !== sign) this.#fail(`"${sign}" is missing`);
    this.#next++;
  }

  #startsOperand({ kind, text }: Token): boolean {
    return kind === "number" || kind === "name" || text === "(";
  }

  #fail(problem: string): never {
    throw refusal(this.#text, this.#peek.at + 1, problem);
  }
}

const written: Readonly<Record<string, string>> = {
  "×": "*",
  "·": "*",
  "÷": "/",
  "−": "-",
  "–": "-",
  "—": "-",
  "，": ",",
  "（": "(",
  "）": ")",
};

function tokenize(text: string): Token[] {
  // one character for one character, so that positions stay
  const plain = Array.from(
    text,
    (character) =>
      written[character] ?? (character.normalize("NFKC").length === character.length ? character.normalize("NFKC") : character),
  ).join("");
  const tokens: Token[] = [];
  const pattern =
    /\s+|((?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*)|(\*\*|[-+*/%^(),])/giuy;
  let depth = 0;
  while (pattern.lastIndex < plain.length) {
    const at = pattern.lastIndex;
    const [whole, number, name, sign] = pattern.exec(plain) ?? [];
    if (whole === undefined) throw refusal(text, at + 1, `"${text[at]}" is not part of arithmetic`);
    if (sign === "(") depth++;
    if (sign === ")") depth--;
    // "1,234" is one number, but "max(1,234)" has two: there a comma separates
    if (number !== undefined && number.includes(",") && isCall(tokens, depth)) {
      for (const [index, part] of number.split(",").entries()) {
        if (index > 0) tokens.push({ kind: "sign", text: ",", at });
        tokens.push({ kind: "number", text: part, at });
      }
    } else if (number !== undefined) tokens.push({ kind: "number", text: number.replaceAll(",", ""), at });
    else if (name !== undefined) tokens.push({ kind: "name", text: name, at });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign === "**" ? "^" : sign, at });
  }
  tokens.push({ kind: "end", text: "", at: plain.length });
  return tokens;
}

/** Whether the innermost open bracket is a function's. */
function isCall(tokens: readonly Token[], depth: number): boolean {
  if (depth <= 0) return false;
  let closed = 0;
  for (let index = tokens.length - 1; index >= 0; index--) {
    const { text } = tokens[index]!;
    if (text === ")") closed++;
    else if (text === "(" && closed-- === 0) return tokens[index - 1]?.kind === "name";
  }
  return false;
}

function ofOne(
  table: Readonly<Record<string, (value: number) => number>>,
): Record<string, { min: 1; max: 1; apply: (...values: number[]) => number }> {
  return Object.fromEntries(Object.entries(table).map(([name, apply]) => [name, { min: 1, max: 1, apply: (value) => apply(value!) }]));
}

/** Half away from zero, of the number as it is written: 1.005 to 2 digits is 1.01. */
function roundTo(value: number, digits: number = 0): number {
  if (!Number.isInteger(digits) || Math.abs(digits) > 15) return Number.NaN;
  if (Math.abs(value) >= 1e15 && digits >= 0) return value; // whole already
  const [mantissa, exponent = "0"] = Math.abs(value).toString().split("e");
  const shifted = Math.round(Number(`${mantissa}e${Number(exponent) + digits}`));
  const [whole, power = "0"] = shifted.toString().split("e");
  return Math.sign(value) * Number(`${whole}e${Number(power) - digits}`);
}

function refusal(text: string, position: number, problem: string): ArgumentError {
  return new ArgumentError(`the expression cannot be computed: at ${position}, ${problem}`, {
    hint: 'write arithmetic alone, such as "(12.5 + 3) * 4"',
    facts: { argument: "expression", value: text, position },
  });
}
