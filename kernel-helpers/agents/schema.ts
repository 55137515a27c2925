/**
 * What a tool takes: a schema of a validation library (zod, valibot, arktype: all that speak standardschema.dev), or plain JSON Schema. The model is shown
 * JSON Schema, its calls are constrained by it, and what arrives is validated by the schema that was given.
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import { ArgumentError } from "../errors.ts";
import type { JsonSchema } from "../llm/index.ts";
import { argumentError, checkObject, isPlainObject } from "../runtime/check.ts";

/** The part of standardschema.dev that is used, version 1. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
    /** Standard JSON Schema, which zod has from 4.2 and valibot with toStandardJsonSchema. */
    readonly jsonSchema?: { readonly input: (options: { target: "draft-2020-12" }) => Record<string, unknown> };
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Arguments that are valid, or what is wrong with them, as one line for the model. */
export type Validated<Value> = { readonly value: Value; readonly problem?: undefined } | { readonly problem: string };

export interface ParameterSchema<Value> {
  /** JSON Schema of an object, as chat templates, constraints and MCP take it. */
  json: JsonSchema;
  validate: (given: unknown) => Promise<Validated<Value>>;
}

export const isStandard = (schema: unknown): schema is StandardSchema =>
  (typeof schema === "object" || typeof schema === "function") && schema !== null && "~standard" in schema;

/** @param json JSON Schema of a standard schema that cannot say it itself. */
export function parameterSchema(schema: unknown, json: JsonSchema | undefined): ParameterSchema<never> {
  if (!isStandard(schema)) {
    if (json !== undefined)
      throw argumentError("jsonSchema", "left out where parameters is JSON Schema itself", json, { hint: "leave it out" });
    const { $schema: _, ...plain } = checkObject("parameters", schema, {
      hint: 'pass z.object({ … }), or JSON Schema: { type: "object", properties: { … } }',
    });
    return { json: checkIsOfObject(plain), validate: jsonValidator(plain) };
  }
  const own = json ?? schema["~standard"].jsonSchema?.input({ target: "draft-2020-12" });
  if (own === undefined) {
    throw new ArgumentError(`the schema of ${schema["~standard"].vendor} does not say what it is as JSON Schema`, {
      hint: "for valibot, pass toStandardJsonSchema(schema) of @valibot/to-json-schema; else pass jsonSchema beside parameters",
      facts: { argument: "parameters", vendor: schema["~standard"].vendor },
    });
  }
  const { $schema: _, ...rest } = checkObject("jsonSchema", own);
  return {
    json: checkIsOfObject(rest),
    async validate(given) {
      const result = await schema["~standard"].validate(given);
      return result.issues ? { problem: result.issues.map(formatIssue).join("; ") } : { value: result.value as never };
    },
  };
}

function checkIsOfObject(schema: Record<string, unknown>): JsonSchema {
  if (schema["type"] === "object") return schema;
  throw argumentError("parameters", 'a schema of an object (type "object")', schema, {
    hint: "a tool takes named arguments: z.object({ … })",
  });
}

/** One for all, for it takes a tenth of a second to make; and what it compiled last, for tools are often made anew of the same schema. */
let ajv: Ajv2020 | undefined;
const compiled = new Map<string, ReturnType<Ajv2020["compile"]>>();
const maxCompiled = 200;

/** @throws {ArgumentError} It is not JSON Schema. */
function compile(schema: Record<string, unknown>): ReturnType<Ajv2020["compile"]> {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known) return known;
  ajv ??= new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  try {
    const check = ajv.compile(schema);
    ajv.removeSchema(schema); // it would keep it for ever
    if (compiled.size >= maxCompiled) compiled.clear();
    compiled.set(key, check);
    return check;
  } catch (cause) {
    throw new ArgumentError(`parameters is not JSON Schema: ${(cause as Error).message}`, {
      hint: 'pass such as { type: "object", properties: { city: { type: "string" } }, required: ["city"] }',
      cause,
      facts: { argument: "parameters" },
    });
  }
}

function jsonValidator(schema: Record<string, unknown>): ParameterSchema<never>["validate"] {
  const check = compile(schema);
  return async (given) => {
    if (!isPlainObject(given)) return { problem: "the arguments must be an object" };
    if (check(given)) return { value: given as never };
    const problems = (check.errors ?? []).map(({ instancePath, message = "does not fit", params }) => {
      const extra = (params as { additionalProperty?: string }).additionalProperty;
      return `${instancePath.slice(1).replaceAll("/", ".") || "arguments"} ${message}${extra === undefined ? "" : ` ("${extra}")`}`;
    });
    return { problem: problems.join("; ") };
  };
}

function formatIssue({ message, path = [] }: StandardIssue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
}
