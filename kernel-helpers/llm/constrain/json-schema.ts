/** A JSON Schema as TypeScript has it. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };
