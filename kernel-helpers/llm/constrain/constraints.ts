/** The constraints that a generation may ask for, over one vocabulary. */
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkArray, checkText, checkUnicode, shown } from "../../runtime/check.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { Constraint } from "./constraint.ts";
import { parseGbnf } from "./gbnf.ts";
import { choice, literal, type Grammar } from "./grammar.ts";
import { schemaToGrammar, type JsonSchema } from "./json-schema.ts";
import { TokenTrie } from "./token-trie.ts";

/** What a generated text must be; at most one of these. */
export interface ConstraintOptions {
  /**
   * JSON Schema of the text, which is JSON then. Kept to are: type, enum, const, anyOf, oneOf of branches that exclude each other, $ref within the schema;
   * properties, required, additionalProperties; items, prefixItems, minItems, maxItems; minLength, maxLength or pattern, and the formats date, time,
   * date-time, uuid, email and ipv4; minimum, maximum, exclusiveMinimum, exclusiveMaximum. Other keywords that limit values are refused, never ignored. Properties come in
   * the schema's order; others than these only where additionalProperties says so.
   */
  schema?: JsonSchema;
  /**
   * The texts that it may be. Each token is chosen among those that go on with one of them, so they should begin as the model would begin: after "The
   * capital is" with a space, " Paris".
   */
  choices?: readonly string[];
  /** A grammar in GBNF, llama.cpp's notation, whose `root` is the text. */
  grammar?: string;
}

export const constraintOptionNames: readonly (keyof ConstraintOptions)[] = ["schema", "choices", "grammar"];

/** Grammars that are kept with all that is known about them. */
const mostKept = 16;

export class Constraints {
  readonly #tokenizer: Tokenizer;
  readonly #vocabSize: number;
  /** Special tokens that count by their text. */
  readonly #special: readonly string[];
  #trie: TokenTrie | undefined;
  readonly #kept = new Map<string, Constraint>();

  constructor(tokenizer: Tokenizer, vocabSize: number, special: readonly string[] = []) {
    this.#tokenizer = tokenizer;
    this.#vocabSize = vocabSize;
    this.#special = special;
  }

  /**
   * The constraint of these options; undefined where they have none.
   *
   * @throws {ArgumentError} Two constraints, one that no text fits, or one that cannot be kept to.
   */
  of(options: ConstraintOptions): Constraint | undefined {
    const given = constraintOptionNames.filter((name) => options[name] !== undefined);
    if (given.length === 0) return undefined;
    if (given.length > 1)
      throw argumentError("options", "with one of schema, choices and grammar at most", options, { hint: "leave the others out" });
    const [name] = given as [keyof ConstraintOptions];
    return this.compile(name, options[name], () => toGrammar(options));
  }

  /** Compiles a grammar once for each value that it is made from. */
  compile(name: string, value: unknown, makeGrammar: () => Grammar): Constraint {
    const key = `${name} ${JSON.stringify(value)}`;
    let constraint = this.#kept.get(key);
    if (!constraint) {
      const grammar = makeGrammar();
      this.#trie ??= new TokenTrie(this.#tokenizer, this.#vocabSize, this.#special);
      constraint = new Constraint(grammar, this.#trie, () => unsatisfiable(name, value));
    }
    this.#kept.delete(key);
    this.#kept.set(key, constraint); // the latest last
    if (this.#kept.size > mostKept) this.#kept.delete(this.#kept.keys().next().value!);
    return constraint;
  }
}

function toGrammar({ schema, choices, grammar }: ConstraintOptions): Grammar {
  if (schema !== undefined) return schemaToGrammar(schema);
  if (grammar !== undefined) return parseGbnf(checkText("grammar", grammar, { allowEmpty: false }));
  const texts = checkArray("choices", choices, (name, text) => checkUnicode(name, text, { allowEmpty: false }), { allowEmpty: false });
  return { root: choice(texts.map(literal)), rules: new Map() };
}

function unsatisfiable(name: string, value: unknown): ArgumentError {
  return new ArgumentError(`no text fits the ${name} ${shown(value)}`, {
    hint: "look for bounds that exclude each other, a required property that is false, or a rule that never ends",
    facts: { argument: name, value },
  });
}
