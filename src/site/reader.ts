/** Fields of a parsed YAML document, read with their type; what does not fit is named by its place in the file. */
import { InputError } from "../errors.ts";

type Fields = Record<string, unknown>;

const kindOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "a list" : typeof value);

export class Reader {
  readonly #fields: Fields;
  readonly #file: string;
  readonly #place: string;

  private constructor(fields: Fields, file: string, place: string) {
    this.#fields = fields;
    this.#file = file;
    this.#place = place;
  }

  static of(value: unknown, file: string, place = ""): Reader {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return new Reader(value as Fields, file, place);
    throw new InputError(`${file}: ${place || "the document"} is ${kindOf(value)}, not a mapping`, { facts: { file, place, value } });
  }

  wrong(key: string, problem: string): InputError {
    return new InputError(`${this.#file}: ${this.#path(key)}: ${problem}`, {
      facts: { file: this.#file, place: this.#path(key), value: this.#fields[key] },
    });
  }

  #path(key: string): string {
    return this.#place === "" ? key : `${this.#place}.${key}`;
  }

  #get<T>(key: string, wanted: string, is: (value: unknown) => value is T): T {
    const value = this.#fields[key];
    if (is(value)) return value;
    throw this.wrong(key, value === undefined ? `${wanted} is missing` : `${kindOf(value)} where ${wanted} is wanted`);
  }

  has(key: string): boolean {
    return this.#fields[key] !== undefined;
  }

  isList(key: string): boolean {
    return Array.isArray(this.#fields[key]);
  }

  text(key: string): string {
    return this.#get(key, "a text", (value): value is string => typeof value === "string" && value !== "");
  }

  number(key: string): number {
    return this.#get(key, "a number from 0", (value): value is number => typeof value === "number" && value >= 0);
  }

  texts(key: string): string[] {
    return this.#get(
      key,
      "a list of texts",
      (value): value is string[] => Array.isArray(value) && value.every((item) => typeof item === "string"),
    );
  }

  object(key: string): Reader {
    return Reader.of(this.#fields[key], this.#file, this.#path(key));
  }

  objects(key: string): Reader[] {
    const list = this.#get(key, "a list", (value): value is unknown[] => Array.isArray(value));
    return list.map((item, index) => Reader.of(item, this.#file, `${this.#path(key)}[${index}]`));
  }
}
