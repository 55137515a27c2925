/**
 * JSON as Python's json module reads and writes it, because Jupyter saves notebooks with it: keys sorted by code point, one space
 * of indent, `NaN` and `Infinity` allowed. A number keeps its spelling (`1.0`, `1e-07`, more digits than a double has) as long as
 * it is assigned another value, so what was not touched is written back byte for byte.
 */

export class JsonSyntaxError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(reason: string, text: string, offset: number) {
    super(reason);
    const before = text.slice(0, offset).split("\n");
    this.line = before.length;
    this.column = before.at(-1)!.length + 1;
  }
}

interface Spelling {
  value: number;
  literal: string;
}

/** Container → key → how the file spells the number there; only where JavaScript would spell it differently. */
const spellings = new WeakMap<object, Map<string | number, Spelling>>();

/** A shallow copy with some fields replaced, whose numbers keep their spelling. */
export function derive<T extends object>(original: T, changes: Record<string, unknown>): T {
  const copy = { ...original, ...changes };
  const kept = spellings.get(original);
  if (kept) spellings.set(copy, kept);
  return copy;
}

const whitespace = /[ \t\n\r]*/y;
// oxlint-disable-next-line no-control-regex -- JSON forbids them in strings
const plainCharacters = /[^"\\\u0000-\u001f]*/y;
const number = /-?(?:Infinity|(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)|NaN/y;
const words = new Map<string | undefined, boolean | null>([
  ["t", true],
  ["f", false],
  ["n", null],
]);

class Parser {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  document(): unknown {
    const box: unknown[] = [];
    box[0] = this.value(box, 0);
    this.skip(whitespace);
    if (this.position < this.text.length) this.fail("unexpected text after the end of the document");
    return box[0];
  }

  private fail(reason: string): never {
    throw new JsonSyntaxError(this.position < this.text.length ? reason : "unexpected end of file", this.text, this.position);
  }

  private skip(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    if (!pattern.test(this.text)) return undefined;
    const start = this.position;
    this.position = pattern.lastIndex;
    return this.text.slice(start, this.position);
  }

  private take(character: string): boolean {
    this.skip(whitespace);
    if (this.text[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  private expect(character: string): void {
    if (!this.take(character)) this.fail(`expected ${JSON.stringify(character)}, found ${JSON.stringify(this.text[this.position])}`);
  }

  private value(container: object, key: string | number): unknown {
    this.skip(whitespace);
    const first = this.text[this.position];
    if (first === '"') return this.string();
    if (first === "{") return this.object();
    if (first === "[") return this.array();
    const word = words.get(first);
    if (word !== undefined && this.text.startsWith(String(word), this.position)) {
      this.position += String(word).length;
      return word;
    }
    return this.number(container, key);
  }

  private number(container: object, key: string | number): number {
    const literal = this.skip(number);
    if (!literal) this.fail(`unexpected ${JSON.stringify(this.text[this.position])}`);
    const value = Number(literal);
    if (String(value) !== literal || !Number.isFinite(value)) {
      const kept = spellings.get(container) ?? new Map<string | number, Spelling>();
      spellings.set(container, kept.set(key, { value, literal }));
    }
    return value;
  }

  private string(): string {
    const start = this.position;
    this.position += 1;
    const plain = this.skip(plainCharacters)!;
    if (this.text[this.position] === '"') {
      this.position += 1;
      return plain;
    }
    while (this.text[this.position] === "\\") {
      this.position += 2;
      this.skip(plainCharacters);
    }
    if (this.text[this.position] !== '"') this.fail("a string is not closed on its line");
    this.position += 1;
    try {
      return JSON.parse(this.text.slice(start, this.position)) as string;
    } catch {
      this.position = start;
      return this.fail("a string has an invalid escape");
    }
  }

  private array(): unknown[] {
    const items: unknown[] = [];
    this.position += 1;
    if (this.take("]")) return items;
    do items.push(this.value(items, items.length));
    while (this.take(","));
    this.expect("]");
    return items;
  }

  private object(): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    this.position += 1;
    if (this.take("}")) return fields;
    do {
      this.skip(whitespace);
      if (this.text[this.position] !== '"') this.fail(`expected a key in quotes, found ${JSON.stringify(this.text[this.position])}`);
      const key = this.string();
      this.expect(":");
      const value = this.value(fields, key);
      if (key === "__proto__") Object.defineProperty(fields, key, { value, writable: true, enumerable: true, configurable: true });
      else fields[key] = value;
    } while (this.take(","));
    this.expect("}");
    return fields;
  }
}

/** @throws {JsonSyntaxError} with line and column of the first mistake. */
export function parseJson(text: string): unknown {
  return new Parser(text).document();
}

/** Python compares strings by code point, JavaScript by UTF-16 unit: they differ where a surrogate meets U+E000 to U+FFFF. */
function byCodePoint(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    if (left[index] !== right[index]) return left.codePointAt(index)! - right.codePointAt(index)!;
  }
  return left.length - right.length;
}

export function formatJson(value: unknown, indent = "\n"): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const deeper = `${indent} `;
  const kept = spellings.get(value);
  const format = (item: unknown, key: string | number): string => {
    const spelling = typeof item === "number" ? kept?.get(key) : undefined;
    return spelling && Object.is(spelling.value, item) ? spelling.literal : formatJson(item, deeper);
  };
  if (Array.isArray(value)) {
    return value.length === 0 ? "[]" : `[${value.map((item, index) => deeper + format(item, index)).join(",")}${indent}]`;
  }
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  if (fields.length === 0) return "{}";
  fields.sort(([left], [right]) => byCodePoint(left, right));
  return `{${fields.map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${format(item, key)}`).join(",")}${indent}}`;
}
