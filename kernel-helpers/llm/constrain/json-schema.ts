/**
 * JSON Schema (2020-12) as a grammar of the JSON texts that fit. Properties come in the order in which the schema names them, and others than these only
 * where `additionalProperties` allows them. What is generated fits the schema; not all that fits can be generated.
 */
import { ArgumentError } from "../../errors.ts";
import {
  checkArray,
  checkBoolean,
  checkChoice,
  checkInteger,
  checkNumber,
  checkObject,
  checkText,
  nearest,
  shown,
} from "../../runtime/check.ts";
import { choice, literal, nothing, optional, repeat, rule, sequence, type Expression, type Grammar } from "./grammar.ts";
import {
  anyInteger,
  anyNumber,
  anyValue,
  anyValueRule,
  comma,
  enclosed,
  jsonCharacter,
  jsonString,
  separated,
  space,
  stringExcept,
} from "./json-text.ts";
import { integersBetween, isExact, numbersBetween } from "./number-range.ts";
import { areDisjoint, isOfType } from "./one-of.ts";
import { patternToGrammar } from "./pattern.ts";
import { formats } from "./string-formats.ts";

/** A JSON Schema as TypeScript has it. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

type SchemaObject = Readonly<Record<string, unknown>>;

const types = ["string", "number", "integer", "boolean", "null", "array", "object"] as const;

/** Keywords that say nothing about what fits. */
const annotations = [
  "$schema",
  "$id",
  "$comment",
  "$defs",
  "definitions",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
];
const ofType: Readonly<Record<string, readonly string[]>> = {
  string: ["minLength", "maxLength", "pattern", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  array: ["items", "prefixItems", "minItems", "maxItems"],
  object: ["properties", "required", "additionalProperties"],
};
/** Keywords that say all there is: no other may stand beside one. */
const whole = ["$ref", "anyOf", "oneOf", "allOf"];
const known = [...annotations, ...Object.values(ofType).flat(), ...whole, "type", "const", "enum"];

/**
 * @param name What errors call the schema; its rules have names that begin with it.
 * @throws {ArgumentError} A schema with a keyword that cannot be kept to, or one that is not a schema. Facts: path, keyword.
 */
export function schemaToGrammar(schema: JsonSchema, name: string = "schema"): Grammar {
  const compiler = new SchemaCompiler(schema, name);
  return { root: compiler.compile(schema, `${name} #`), rules: compiler.rules };
}

class SchemaCompiler {
  readonly rules = new Map<string, Expression>([["value", anyValueRule]]);
  readonly #root: JsonSchema;
  readonly #name: string;

  constructor(root: JsonSchema, name: string) {
    this.#root = root;
    this.#name = name;
  }

  compile(schema: unknown, path: string): Expression {
    if (schema === true) return anyValue;
    if (schema === false) return nothing;
    const keywords = checkObject(path, schema, { hint: "a schema is an object, true or false" });
    this.#checkKeywords(keywords, path);
    if ("$ref" in keywords) return this.#reference(keywords.$ref, path);
    if ("anyOf" in keywords) return choice(this.#branches(keywords, "anyOf", path));
    if ("oneOf" in keywords) return this.#oneOf(keywords, path);
    if ("allOf" in keywords) return this.#allOf(keywords, path);
    if ("const" in keywords || "enum" in keywords) return this.#literals(keywords, path);
    return choice(this.#typesOf(keywords, path).map((type) => this.#ofType(type, keywords, path)));
  }

  #checkKeywords(keywords: SchemaObject, path: string): void {
    for (const keyword of Object.keys(keywords)) {
      if (known.includes(keyword) || keyword.startsWith("x-")) continue;
      const meant = nearest(keyword, known);
      throw refusal(
        path,
        keyword,
        `the keyword ${keyword} cannot be kept to`,
        meant === undefined ? "leave it out, and check what comes" : `did you mean "${meant}"?`,
      );
    }
    const one = [...whole, "const", "enum"].find((keyword) => keyword in keywords);
    if (one === undefined) return;
    const beside = Object.keys(keywords).find(
      (keyword) =>
        keyword !== one && known.includes(keyword) && !annotations.includes(keyword) && (whole.includes(one) || keyword !== "type"),
    );
    if (beside === undefined) return;
    throw refusal(path, beside, `${beside} beside ${one} cannot be kept to`, `put it into what ${one} names`);
  }

  #reference(reference: unknown, path: string): Expression {
    const pointer = checkText(`${path}/$ref`, reference);
    const target = this.resolve(pointer, path);
    const name = `${this.#name} ${pointer}`;
    if (!this.rules.has(name)) {
      this.rules.set(name, nothing); // for references within
      this.rules.set(name, this.compile(target, name));
    }
    return rule(name);
  }

  /** What a JSON pointer within the schema names (RFC 6901). */
  readonly resolve = (pointer: string, path: string): unknown => {
    let target: unknown = this.#root;
    const names = pointer === "#" ? [] : pointer.startsWith("#/") ? pointer.slice(2).split("/") : undefined;
    for (const name of names ?? [""]) {
      const key = decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~");
      target = typeof target === "object" && target !== null && Object.hasOwn(target, key) ? (target as SchemaObject)[key] : undefined;
    }
    if (names && target !== undefined) return target;
    throw refusal(path, "$ref", `$ref names ${shown(pointer)}, which the schema does not have`, 'references look like "#/$defs/name"');
  };

  #branches(keywords: SchemaObject, keyword: string, path: string): Expression[] {
    const list = checkArray(`${path}/${keyword}`, keywords[keyword], (_, item) => item, { allowEmpty: false });
    return list.map((branch, index) => this.compile(branch, `${path}/${keyword}/${index}`));
  }

  /** Exactly one branch must fit, so no two may overlap. */
  #oneOf(keywords: SchemaObject, path: string): Expression {
    const branches = this.#branches(keywords, "oneOf", path);
    const schemas = keywords.oneOf as readonly JsonSchema[];
    for (let one = 0; one < schemas.length; one++) {
      for (let other = 0; other < one; other++) {
        if (areDisjoint(schemas[one]!, schemas[other]!, this.resolve)) continue;
        throw refusal(
          path,
          "oneOf",
          `branches ${other} and ${one} of oneOf may both fit a value`,
          "use anyOf, or give each a required property with a const of its own",
        );
      }
    }
    return choice(branches);
  }

  #allOf(keywords: SchemaObject, path: string): Expression {
    const branches = this.#branches(keywords, "allOf", path);
    if (branches.length === 1) return branches[0]!;
    throw refusal(path, "allOf", `allOf of ${branches.length} schemas cannot be kept to`, "write them as one schema");
  }

  #literals(keywords: SchemaObject, path: string): Expression {
    const values: readonly unknown[] =
      "const" in keywords ? [keywords.const] : checkArray(`${path}/enum`, keywords.enum, (_, item) => item, { allowEmpty: false });
    const allowed = "type" in keywords ? this.#typesOf(keywords, path) : undefined;
    return choice(
      values.flatMap((value, index) => {
        const text = JSON.stringify(value) as string | undefined;
        if (text === undefined) throw refusal(path, "enum", `value ${index} is ${shown(value)}, which JSON does not have`, "leave it out");
        return !allowed || allowed.some((type) => isOfType(value, type)) ? [literal(text)] : [];
      }),
    );
  }

  #typesOf(keywords: SchemaObject, path: string): readonly string[] {
    const { type } = keywords;
    if (type !== undefined) {
      const list = Array.isArray(type) ? type : [type];
      return checkArray(
        `${path}/type`,
        list,
        (name, item) => checkChoice(name.replace("[0]", Array.isArray(type) ? "[0]" : ""), item, types),
        { allowEmpty: false },
      );
    }
    const implied = Object.keys(ofType).filter((name) => ofType[name]!.some((keyword) => keyword in keywords));
    return implied.length > 0 ? implied : ["any"];
  }

  #ofType(type: string, keywords: SchemaObject, path: string): Expression {
    switch (type) {
      case "string":
        return this.#string(keywords, path);
      case "integer":
      case "number":
        return this.#number(keywords, path, type);
      case "boolean":
        return choice([literal("true"), literal("false")]);
      case "null":
        return literal("null");
      case "array":
        return this.#array(keywords, path);
      case "object":
        return this.#object(keywords, path);
      default:
        return anyValue;
    }
  }

  #string(keywords: SchemaObject, path: string): Expression {
    const { pattern, format } = keywords;
    const [min, max] = range(keywords, path, "minLength", "maxLength");
    const said = ["pattern", "format", "minLength", "maxLength"].filter((keyword) => keyword in keywords);
    if (said.length > 1 && (pattern !== undefined || format !== undefined)) {
      throw refusal(path, said[1]!, `${said.join(" and ")} cannot be kept to at once`, "write the length into the pattern: ^[a-z]{2,8}$");
    }
    if (pattern === undefined && format === undefined) return min > max ? nothing : jsonString(min, max);
    const keyword = pattern === undefined ? "format" : "pattern";
    const source =
      pattern === undefined ? formats[checkChoice(`${path}/format`, format, Object.keys(formats))]! : checkText(`${path}/pattern`, pattern);
    const refuse = (what: string): Error =>
      refusal(path, keyword, `the pattern ${shown(source)} cannot be kept to: ${what}`, "write it without");
    return sequence(literal('"'), patternToGrammar(source, { character: jsonCharacter, refuse }), literal('"'));
  }

  #number(keywords: SchemaObject, path: string, type: "integer" | "number"): Expression {
    const bound = (keyword: string, otherwise: number): number => {
      const value = keywords[keyword] === undefined ? otherwise : checkNumber(`${path}/${keyword}`, keywords[keyword]);
      if (isExact(value)) return value;
      throw refusal(path, keyword, `${keyword} ${value} has more than 15 decimal places`, "round it");
    };
    if (!ofType.number!.some((keyword) => keyword in keywords)) return type === "integer" ? anyInteger : anyNumber;
    const [min, above] = [bound("minimum", -Infinity), bound("exclusiveMinimum", -Infinity)];
    const [max, below] = [bound("maximum", Infinity), bound("exclusiveMaximum", Infinity)];
    const [excludesMin, excludesMax] = [above >= min && above > -Infinity, below <= max && below < Infinity];
    const [low, high] = [Math.max(min, above), Math.min(max, below)];
    if (type === "number") return numbersBetween({ min: low, max: high, excludesMin, excludesMax });
    const first = excludesMin ? Math.floor(low) + 1 : Math.ceil(low);
    const last = excludesMax ? Math.ceil(high) - 1 : Math.floor(high);
    return integersBetween(first, last);
  }

  #array(keywords: SchemaObject, path: string): Expression {
    const { items = true, prefixItems } = keywords;
    const [min, max] = range(keywords, path, "minItems", "maxItems");
    const first = prefixItems === undefined ? [] : checkArray(`${path}/prefixItems`, prefixItems, (_, item) => item);
    const prefix = first.map((item, index) => this.compile(item, `${path}/prefixItems/${index}`));
    if (min > max) return nothing;
    const item = items === false ? nothing : this.compile(items, `${path}/items`);
    if (prefix.length === 0) return enclosed("[", separated(item, min, items === false ? Math.min(0, max) : max), "]");
    // One after the other, each of them optional beyond the least; further items after all of them.
    let rest: Expression =
      items === false ? literal("") : repeat(sequence(comma, item), Math.max(0, min - prefix.length), Math.max(0, max - prefix.length));
    if (items === false && min > prefix.length) rest = nothing;
    for (let index = Math.min(prefix.length, max) - 1; index >= 0; index--) {
      const here = sequence(...(index > 0 ? [comma] : []), prefix[index]!, rest);
      rest = index < min ? here : optional(here);
    }
    return enclosed("[", sequence(rest, space), "]");
  }

  #object(keywords: SchemaObject, path: string): Expression {
    const properties = keywords.properties === undefined ? {} : checkObject(`${path}/properties`, keywords.properties);
    const required = new Set(keywords.required === undefined ? [] : checkArray(`${path}/required`, keywords.required, checkText));
    const hasAny = "properties" in keywords || "required" in keywords;
    const additional = keywords.additionalProperties ?? !hasAny;
    const names = [...new Set([...Object.keys(properties), ...required])];
    const fields = names.map((name) => ({
      isRequired: required.has(name),
      expression: sequence(
        literal(`${JSON.stringify(name)}:`),
        space,
        Object.hasOwn(properties, name)
          ? this.compile(properties[name], `${path}/properties/${name}`)
          : this.compile(keywords.additionalProperties ?? true, `${path}/additionalProperties`),
      ),
    }));
    if (typeof additional === "boolean") checkBoolean(`${path}/additionalProperties`, additional);
    const extra =
      additional === false
        ? undefined
        : sequence(stringExcept(names), literal(":"), space, this.compile(additional, `${path}/additionalProperties`));
    // What may follow where something stands already, and what may stand at the beginning.
    let after: Expression = extra ? repeat(sequence(comma, extra), 0) : literal("");
    let beginning: Expression = extra ? optional(sequence(extra, after)) : literal("");
    for (const { isRequired, expression } of fields.toReversed()) {
      const here: Expression = { kind: "sequence", items: [expression, after] };
      beginning = isRequired ? here : choice([here, beginning]);
      const next = sequence(comma, expression);
      after = { kind: "sequence", items: [isRequired ? next : optional(next), after] };
    }
    return enclosed("{", sequence(beginning, space), "}");
  }
}

function range(keywords: SchemaObject, path: string, least: string, most: string): [min: number, max: number] {
  const count = (keyword: string, otherwise: number): number =>
    keywords[keyword] === undefined ? otherwise : checkInteger(`${path}/${keyword}`, keywords[keyword], { min: 0 });
  return [count(least, 0), count(most, Infinity)];
}

/** @param path The schema's name, a space, and the place within it. */
function refusal(path: string, keyword: string, what: string, hint: string): ArgumentError {
  const end = path.indexOf(" ");
  const facts = { argument: path.slice(0, end), path: path.slice(end + 1), keyword };
  return new ArgumentError(`${path}: ${what}`, { hint, facts });
}
