/** What requests may hold, as JSON Schema: it refuses what does not fit, and is the OpenAPI document. What is not listed is refused by name, never ignored. */

export type Schema = Readonly<Record<string, unknown>>;

const orNull = (schema: Schema): Schema => ({ ...schema, type: [schema["type"], "null"] });
const text: Schema = { type: "string" };
const name: Schema = { type: "string", minLength: 1, maxLength: 256 };
const object: Schema = { type: "object", additionalProperties: true };

export const record = (properties: Record<string, Schema>, required: readonly string[] = []): Schema => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

/** Clients send earlier answers back with all that was in them. */
const open = (properties: Record<string, Schema>, required: readonly string[]): Schema => ({ type: "object", properties, required });

const sampling = {
  model: name,
  temperature: orNull({ type: "number", minimum: 0, maximum: 2 }),
  top_p: orNull({ type: "number", exclusiveMinimum: 0, maximum: 1 }),
};

/** As vLLM's server has them beside OpenAI's. */
const moreSampling = {
  top_k: orNull({ type: "integer", minimum: 1 }),
  min_p: orNull({ type: "number", minimum: 0, maximum: 1 }),
  repetition_penalty: orNull({ type: "number", minimum: 0.001, maximum: 1000 }),
  seed: orNull({ type: "integer", minimum: -(2 ** 53) + 1, maximum: 2 ** 53 - 1 }),
  stop: {
    anyOf: [{ type: "string", minLength: 1 }, { type: "array", maxItems: 4, items: { type: "string", minLength: 1 } }, { type: "null" }],
  },
  n: orNull({ type: "integer", minimum: 1, maximum: 16 }),
  stream: orNull({ type: "boolean" }),
  stream_options: orNull(record({ include_usage: { type: "boolean" }, include_obfuscation: { type: "boolean" } })),
  /** Only what they are without effect: they are not computed. */
  frequency_penalty: { enum: [0, null] },
  presence_penalty: { enum: [0, null] },
  logit_bias: orNull({ type: "object", maxProperties: 0 }),
  /** Clients send them for their own books. */
  user: text,
};

const count = orNull({ type: "integer", minimum: 1, maximum: 2 ** 31 - 1 });

const detail: Schema = { enum: ["auto", "low", "high"] };
const textPart = record({ type: { enum: ["text", "input_text", "output_text"] }, text, annotations: { type: "array" }, logprobs: {} }, [
  "type",
  "text",
]);
/** As chat completions have an image, and as responses do. */
const imagePart = record({ type: { const: "image_url" }, image_url: record({ url: text, detail }, ["url"]) }, ["type", "image_url"]);
const inputImage = record({ type: { const: "input_image" }, image_url: text, detail }, ["type", "image_url"]);
const contentParts: Schema = { type: "array", minItems: 1, items: { anyOf: [textPart, imagePart, inputImage] } };
const content: Schema = { anyOf: [text, contentParts, { type: "null" }] };

const functionTool = { name, description: orNull(text), parameters: object, strict: orNull({ type: "boolean" }) };

const jsonSchema = { name: text, description: text, schema: object, strict: orNull({ type: "boolean" }) };

const metadata = { metadata: orNull(object), store: orNull({ type: "boolean" }), parallel_tool_calls: orNull({ type: "boolean" }) };

const toolChoices = ["none", "auto", "required"];

export const chatBody: Schema = record(
  {
    ...sampling,
    ...moreSampling,
    ...metadata,
    messages: {
      type: "array",
      minItems: 1,
      items: open(
        {
          role: { enum: ["system", "developer", "user", "assistant", "tool"] },
          content,
          tool_calls: { type: "array", items: open({ function: open({ name, arguments: text }, ["name", "arguments"]) }, ["function"]) },
        },
        ["role"],
      ),
    },
    max_tokens: count,
    max_completion_tokens: count,
    logprobs: orNull({ type: "boolean" }),
    top_logprobs: orNull({ type: "integer", minimum: 0, maximum: 20 }),
    response_format: {
      anyOf: [
        record({ type: { enum: ["text", "json_object"] } }, ["type"]),
        record({ type: { const: "json_schema" }, json_schema: record(jsonSchema, ["schema"]) }, ["type", "json_schema"]),
      ],
    },
    tools: {
      type: "array",
      maxItems: 128,
      items: record({ type: { const: "function" }, function: record(functionTool, ["name"]) }, ["type", "function"]),
    },
    tool_choice: {
      anyOf: [{ enum: toolChoices }, record({ type: { const: "function" }, function: record({ name }, ["name"]) }, ["type", "function"])],
    },
  },
  ["model", "messages"],
);

const ids: Schema = { type: "array", minItems: 1, items: { type: "integer", minimum: 0 } };

export const completionBody: Schema = record(
  {
    ...sampling,
    ...moreSampling,
    prompt: {
      anyOf: [
        text,
        { type: "array", minItems: 1, maxItems: 64, items: text },
        ids,
        { type: "array", minItems: 1, maxItems: 64, items: ids },
      ],
    },
    max_tokens: count,
    logprobs: orNull({ type: "integer", minimum: 0, maximum: 20 }),
    echo: { enum: [false, null] },
    best_of: { enum: [1, null] },
    suffix: { enum: ["", null] },
  },
  ["model", "prompt"],
);

export const embeddingsBody: Schema = record(
  {
    model: name,
    input: { anyOf: [text, { type: "array", minItems: 1, maxItems: 2048, items: text }] },
    encoding_format: { enum: ["float", "base64"] },
    dimensions: { type: "integer", minimum: 1 },
    /** Of the encoder's prompts, such as "query" and "passage". */
    prompt: text,
    user: text,
  },
  ["model", "input"],
);

export const rerankBody: Schema = record(
  {
    model: name,
    query: { type: "string", minLength: 1 },
    documents: { type: "array", minItems: 1, maxItems: 1000, items: { anyOf: [text, record({ text }, ["text"])] } },
    top_n: { type: "integer", minimum: 1 },
    return_documents: { type: "boolean" },
  },
  ["model", "query", "documents"],
);

export const responsesBody: Schema = record(
  {
    ...sampling,
    ...metadata,
    stream: orNull({ type: "boolean" }),
    instructions: orNull(text),
    max_output_tokens: count,
    input: {
      anyOf: [
        text,
        {
          type: "array",
          minItems: 1,
          items: {
            anyOf: [
              record(
                {
                  type: { const: "message" },
                  id: text,
                  status: text,
                  role: { enum: ["system", "developer", "user", "assistant"] },
                  content: { anyOf: [text, contentParts] },
                },
                ["role", "content"],
              ),
              record({ type: { const: "function_call" }, id: text, status: text, call_id: text, name, arguments: text }, [
                "type",
                "call_id",
                "name",
                "arguments",
              ]),
              record({ type: { const: "function_call_output" }, id: text, status: text, call_id: text, output: text }, [
                "type",
                "call_id",
                "output",
              ]),
            ],
          },
        },
      ],
    },
    tools: { type: "array", maxItems: 128, items: record({ type: { const: "function" }, ...functionTool }, ["type", "name"]) },
    tool_choice: { anyOf: [{ enum: toolChoices }, record({ type: { const: "function" }, name }, ["type", "name"])] },
    text: record({
      format: {
        anyOf: [
          record({ type: { enum: ["text", "json_object"] } }, ["type"]),
          record({ type: { const: "json_schema" }, ...jsonSchema }, ["type", "schema"]),
        ],
      },
    }),
    user: text,
  },
  ["model", "input"],
);

export const errorResponse: Schema = {
  description: "What was wrong, and what to do",
  ...record(
    { error: record({ message: text, type: text, param: orNull(text), code: orNull(text) }, ["message", "type", "param", "code"]) },
    ["error"],
  ),
};

/** An answer of which these fields are promised, and there may be more. */
export const answer = (description: string, fields: Record<string, Schema>): Schema => ({
  description,
  type: "object",
  properties: fields,
  required: Object.keys(fields),
});
