/** Whether two schemas can be seen to have no value in common, as `oneOf` needs it. */
import type { JsonSchema } from "./json-schema.ts";

type Resolve = (pointer: string, path: string) => unknown;
type SchemaObject = Readonly<Record<string, unknown>>;

/** True only where it is certain: of different types, with different literals, or objects that a required property tells apart. */
export function areDisjoint(one: JsonSchema, other: JsonSchema, resolve: Resolve): boolean {
  const [a, b] = [resolved(one, resolve), resolved(other, resolve)];
  if (a === false || b === false) return true;
  if (a === true || b === true) return false;
  const [valuesA, valuesB] = [literalsOf(a), literalsOf(b)];
  const [typesA, typesB] = [typesOf(a), typesOf(b)];
  if (valuesA && valuesB) return valuesA.every((value) => !valuesB.some((another) => JSON.stringify(value) === JSON.stringify(another)));
  if (valuesA && typesB) return valuesA.every((value) => !typesB.some((type) => isOfType(value, type)));
  if (valuesB && typesA) return valuesB.every((value) => !typesA.some((type) => isOfType(value, type)));
  if (!typesA || !typesB) return false;
  const kind = (type: string): string => (type === "integer" ? "number" : type);
  const shared = typesA.map(kind).filter((type) => typesB.map(kind).includes(type));
  if (shared.length === 0) return true;
  if (shared.some((type) => type !== "object")) return false;
  const required = (list(a.required) ?? []).filter((name) => list(b.required)?.includes(name));
  return required.some((name) => {
    const [first, second] = [propertyOf(a, name), propertyOf(b, name)];
    return first !== undefined && second !== undefined && areDisjoint(first, second, resolve);
  });
}

function resolved(schema: JsonSchema, resolve: Resolve): true | false | SchemaObject {
  let target = schema;
  for (let steps = 0; typeof target === "object" && typeof target.$ref === "string"; steps++) {
    if (steps > 100) return true; // references in a circle
    target = resolve(target.$ref, "#") as JsonSchema;
  }
  return target;
}

const list = (value: unknown): readonly string[] | undefined => (Array.isArray(value) ? (value as string[]) : undefined);
const literalsOf = (schema: SchemaObject): readonly unknown[] | undefined =>
  "const" in schema ? [schema.const] : (list(schema.enum) as readonly unknown[] | undefined);
const typesOf = (schema: SchemaObject): readonly string[] | undefined =>
  typeof schema.type === "string" ? [schema.type] : list(schema.type);
const propertyOf = (schema: SchemaObject, name: string): JsonSchema | undefined => {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
};

export function isOfType(value: unknown, type: string): boolean {
  if (type === "any") return true;
  if (type === "integer") return Number.isInteger(value);
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}
