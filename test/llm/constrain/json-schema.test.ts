/** Whatever a model prefers, what comes fits the schema: ajv says so. */
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../../kernel-helpers/errors.ts";
import type { JsonSchema } from "../../../kernel-helpers/llm/index.ts";
import { constraints, randomText } from "./random-text.ts";

const ajv = new Ajv2020({ strict: false, validateFormats: false, ownProperties: true });

function expectValid(schema: JsonSchema, seed: number, maxTokens?: number): unknown {
  const { text, isWhole } = randomText({ schema }, seed, maxTokens);
  expect(isWhole, text).toBe(true);
  const value: unknown = JSON.parse(text);
  const validate = ajv.compile(schema);
  expect(validate(value), `${text} ${JSON.stringify(validate.errors)}`).toBe(true);
  return value;
}

const name = fc.constantFrom("a", "name", "naam", "城市", 'q"uote', "back\\slash", "tab\t", "toString", "__proto", "🙂");
const bounds = (least: string, most: string, max: number): fc.Arbitrary<object> =>
  fc.tuple(fc.nat({ max }), fc.nat({ max }), fc.nat({ max: 3 })).map(([low, more, which]) => ({
    ...(which & 1 ? { [least]: low } : {}),
    ...(which & 2 ? { [most]: low + more } : {}),
  }));

/** Short enough for the tokens that a text may take here; and ajv compares objects by calling their `toString`. */
const isEnumerable = (value: unknown): boolean => JSON.stringify(value).length <= 60 && !JSON.stringify(value).includes('"toString"');
const { schema: anySchema } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<JsonSchema>(
      { type: "boolean" },
      { type: "null" },
      { type: "integer" },
      { type: "number" },
      { type: ["string", "null"] },
      true,
      {},
    ),
    bounds("minLength", "maxLength", 6).map((range) => ({ type: "string", ...range })),
    fc
      .constantFrom("^[a-z]{2,4}$", "b+", "^(?:foo|ba[rz])\\d*$", "^北|京$", '"\\\\', "^[^a-y]{1,3}$", "^\\p{Lu}\\w?$", "^.{2}$")
      .map((pattern) => ({ type: "string", pattern })),
    fc.array(fc.jsonValue({ maxDepth: 2 }).filter(isEnumerable), { minLength: 1, maxLength: 4 }).map((values) => ({ enum: values })),
    fc
      .tuple(
        fc.integer({ min: -1200, max: 1200 }),
        fc.nat({ max: 2000 }),
        fc.constantFrom("integer", "number"),
        fc.constantFrom(1, 8, 100),
        fc.nat({ max: 3 }),
      )
      .map(([low, more, type, by, which]) => ({
        type,
        ...(which & 1 ? { minimum: low / by } : { exclusiveMinimum: low / by }),
        ...(which & 2 ? { maximum: (low + more + by) / by } : { exclusiveMaximum: (low + more + 2 * by) / by }),
      })),
    fc.tuple(tie("schema"), bounds("minItems", "maxItems", 3)).map(([items, range]) => ({ type: "array", items, ...range })),
    fc
      .tuple(fc.array(tie("schema"), { minLength: 1, maxLength: 3 }), fc.option(tie("schema"), { nil: false as const }), fc.nat({ max: 2 }))
      .map(([prefixItems, items, min]) => ({ type: "array", prefixItems, items, minItems: Math.min(min, prefixItems.length) })),
    fc
      .tuple(
        fc.dictionary(name, tie("schema"), { maxKeys: 4 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.option(tie("schema")),
      )
      .map(([properties, isRequired, additional]) => ({
        type: "object",
        properties,
        required: Object.keys(properties).filter((_, index) => isRequired[index]),
        ...(additional === null ? {} : { additionalProperties: additional }),
      })),
    fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
  ),
}));

test("random schemas: every text is JSON that fits", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(anySchema, fc.nat(), (schema, seed) => {
      expect(expectValid(schema, seed)).not.toBeUndefined();
    }),
    { numRuns: 80, interruptAfterTimeLimit: 50_000 }, // to make a counterexample small may take a quarter of an hour
  );
});

const person: JsonSchema = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 1 },
    age: { type: "integer", minimum: 0, maximum: 150 },
    job: { enum: ["engineer", "工程师"] },
    tags: { type: "array", items: { type: "string" }, maxItems: 3 },
  },
  required: ["name", "age", "job"],
};

describe("a text", () => {
  test("ends within the tokens that it may take, however few suffice", () => {
    for (let seed = 0; seed < 20; seed++) {
      for (const maxTokens of [45, 60]) {
        const value = expectValid(person, seed, maxTokens);
        expect(Object.keys(value as object).slice(0, 3)).toEqual(["name", "age", "job"]);
      }
    }
  });

  test("that cannot end in so few tokens says so, and is on its way", () => {
    const { text, isWhole, tokens } = randomText({ schema: person }, 1, 8);
    expect(isWhole).toBe(false);
    expect(tokens).toBe(8);
    expect('{"name":"').toContain(text.slice(0, 3));
  });

  test("of a schema that refers to itself is a tree of any depth", () => {
    const tree: JsonSchema = {
      $defs: {
        node: {
          type: "object",
          properties: { value: { type: "integer" }, children: { type: "array", items: { $ref: "#/$defs/node" } } },
          required: ["value", "children"],
        },
      },
      $ref: "#/$defs/node",
    };
    for (let seed = 0; seed < 20; seed++) expect(expectValid(tree, seed)).toHaveProperty("children");
  });

  test("may hold Chinese, emoji and escapes, never half a character", () => {
    const texts = Array.from({ length: 60 }, (_, seed) => expectValid({ type: "string", minLength: 4, maxLength: 12 }, seed) as string);
    expect(texts.some((text) => /\p{Script=Han}/u.test(text))).toBe(true);
    expect(expectValid({ type: "string", pattern: '^["\\\\\\n\\t\\x01]{4}$' }, 1)).toHaveLength(4);
    expect(texts.join("")).not.toContain("\uFFFD");
  });

  test("of a format is of it", () => {
    for (let seed = 0; seed < 10; seed++) {
      const date = expectValid({ type: "string", format: "date-time" }, seed) as string;
      expect(Number.isNaN(Date.parse(date)), date).toBe(false);
      expect(new URL(`http://${expectValid({ type: "string", format: "ipv4" }, seed) as string}`).hostname).toMatch(/^[\d.]+$/);
    }
  });

  test("fits exactly one branch of oneOf", () => {
    const shape: JsonSchema = {
      oneOf: [
        {
          type: "object",
          properties: { kind: { const: "circle" }, radius: { type: "number", exclusiveMinimum: 0 } },
          required: ["kind", "radius"],
        },
        {
          type: "object",
          properties: { kind: { const: "square" }, side: { type: "number", minimum: 0.5, maximum: 0.75 } },
          required: ["kind", "side"],
        },
        { type: "null" },
      ],
    };
    const kinds = new Set(Array.from({ length: 20 }, (_, seed) => (expectValid(shape, seed) as { kind?: string } | null)?.kind));
    expect(kinds.size).toBeGreaterThan(1);
  });
});

test.each<[JsonSchema, string, boolean]>([
  [{ type: "integer", minimum: -12, maximum: 105 }, "-12", true],
  [{ type: "integer", minimum: -12, maximum: 105 }, "-13", false],
  [{ type: "integer", minimum: -12, maximum: 105 }, "106", false],
  [{ type: "integer", minimum: -12, maximum: 105 }, "99", true],
  [{ type: "number", exclusiveMinimum: 0.25, maximum: 12.5 }, "0.25", false],
  [{ type: "number", exclusiveMinimum: 0.25, maximum: 12.5 }, "0.2500001", true],
  [{ type: "number", exclusiveMinimum: 0.25, maximum: 12.5 }, "12.500", true],
  [{ type: "number", exclusiveMinimum: 0.25, maximum: 12.5 }, "12.51", false],
  [{ type: "number", maximum: -1.5 }, "-1.5", true],
  [{ type: "number", maximum: -1.5 }, "-1.4", false],
  [{ type: "number", maximum: -1.5 }, "-20", true],
  [{ type: "number" }, "-1.5e-7", true],
  [{ type: "number" }, "01", false],
  [{ type: "string" }, '"\\u4e2d"', false],
  [{ type: "string" }, '"中\\n"', true],
  [{ type: "object" }, '{"a": [1, {"b": null}]}', true],
  [{ type: "object", properties: { a: {} }, additionalProperties: { type: "null" } }, '{"a": 1, "ab": null}', true],
  [{ type: "object", properties: { a: {} }, additionalProperties: { type: "null" } }, '{"b": null, "a": 1}', false],
  [{ type: "array", prefixItems: [{ type: "null" }, { type: "boolean" }], items: false }, "[null]", true],
  [{ type: "array", prefixItems: [{ type: "null" }, { type: "boolean" }], items: false }, "[null, true, 1]", false],
  [{ type: "array", items: {}, minItems: 2, maxItems: 2 }, "[\n  1,\n  2\n]", true],
])("%j takes %s: %s", (schema, text, fits) => {
  expect(constraints.of({ schema })!.accepts(new TextEncoder().encode(text))).toBe(fits);
});

describe("refused", () => {
  test.each<[string, unknown, RegExp, object]>([
    [
      "an unknown keyword",
      { type: "string", maxLenght: 3 },
      /schema #: the keyword maxLenght cannot be kept to[^]*did you mean "maxLength"/,
      { path: "#", keyword: "maxLenght" },
    ],
    [
      "a keyword that cannot be kept to, deep inside",
      { properties: { a: { items: { not: {} } } } },
      /schema #\/properties\/a\/items: the keyword not/,
      { path: "#/properties/a/items", keyword: "not" },
    ],
    ["a required property that is false", { properties: { a: false }, required: ["a"] }, /no text fits the schema/, {}],
    ["bounds that exclude each other", { type: "integer", minimum: 3, maximum: 2 }, /no text fits the schema/, {}],
    ["a schema without end", { properties: { a: { $ref: "#" } }, required: ["a"] }, /no text fits the schema/, {}],
    ["a reference to itself alone", { $ref: "#" }, /the rule schema # begins with itself/, {}],
    ["a reference to nothing", { $ref: "#/$defs/a" }, /\$ref names "#\/\$defs\/a", which the schema does not have/, { keyword: "$ref" }],
    [
      "branches of oneOf that overlap",
      { oneOf: [{ type: "integer" }, { type: "number" }] },
      /branches 0 and 1 of oneOf may both fit/,
      { keyword: "oneOf" },
    ],
    ["a lookahead", { type: "string", pattern: "^(?=a)" }, /lookaheads/, { keyword: "pattern" }],
    ["a pattern that is none", { type: "string", pattern: "(" }, /the pattern "\(" cannot be kept to: Invalid regular expression/, {}],
    ["a pattern and a length", { type: "string", pattern: "a", maxLength: 3 }, /pattern and maxLength cannot be kept to at once/, {}],
    ["a type that is none", { type: "float" }, /#\/type must be one of "string"/, {}],
    ["what is not a schema", [], /# must be a plain object, got \[\]/, {}],
    ["anyOf beside others", { type: "object", anyOf: [{}] }, /type beside anyOf cannot be kept to/, { keyword: "type" }],
  ])("%s", (_, schema, message, facts) => {
    const compile = (): unknown => constraints.of({ schema: schema as JsonSchema });
    expect(compile).toThrow(message);
    expect(compile).toThrow(ArgumentError);
    expect(compile).toThrow(expect.objectContaining({ facts: expect.objectContaining(facts) }));
  });

  test("two constraints at once", () => {
    expect(() => constraints.of({ schema: true, choices: ["a"] })).toThrow(
      "options must be with one of schema, choices and grammar at most",
    );
  });
});
