/** Tools: what they take, by schemas of three kinds, and what a model is told where it does not fit. */
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineTool } from "../../kernel-helpers/agents/index.ts";

const base = { name: "book", description: "Books a room", run: (input: unknown) => input };

describe("a tool's schema", () => {
  const wanted = {
    type: "object",
    properties: { room: { type: "string", minLength: 1 }, seats: { type: "integer", minimum: 1 } },
    required: ["room"],
  };

  test.each([
    ["zod", z.object({ room: z.string().min(1), seats: z.int().min(1).max(99).optional() })],
    ["valibot", toStandardJsonSchema(v.object({ room: v.pipe(v.string(), v.minLength(1)), seats: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))) }))], // prettier-ignore
    ["JSON Schema", wanted],
  ])("of %s is shown as JSON Schema, and holds what arrives to it", async (_, parameters) => {
    const tool = defineTool({ ...base, parameters: parameters as never });
    expect(tool.parameters).toMatchObject({
      type: "object",
      properties: { room: { type: "string" }, seats: { type: "integer" } },
      required: ["room"],
    });
    expect(tool.parameters).not.toHaveProperty("$schema");
    expect(await tool.call({ room: "A", seats: 2 })).toMatchObject({
      value: { room: "A", seats: 2 },
      content: '{"room":"A","seats":2}',
      error: undefined,
    });
    for (const wrong of [{}, { room: "" }, { room: "A", seats: 0 }, { room: "A", seats: "2" }, { room: 5 }]) {
      const { error, content } = await tool.call(wrong as never);
      expect([error, content.startsWith("error: invalid arguments: ")]).toEqual(["invalid-arguments", true]);
    }
  });

  test("transforms and defaults of the library reach the function", async () => {
    const parameters = z.object({ day: z.string().transform((text) => text.toUpperCase()), seats: z.number().default(4) });
    const { value } = await defineTool({ ...base, parameters }).call({ day: "friday" });
    expect(value).toEqual({ day: "FRIDAY", seats: 4 });
  });

  test("of a library that cannot say it as JSON Schema needs one beside it", async () => {
    const parameters = v.object({ room: v.string() });
    expect(() => defineTool({ ...base, parameters })).toThrow("the schema of valibot does not say what it is as JSON Schema");
    const jsonSchema = { type: "object", properties: { room: { type: "string" } }, required: ["room"] };
    expect((await defineTool({ ...base, parameters, jsonSchema }).call({ room: 3 as never })).content).toMatch(
      /^error: invalid arguments: room: /,
    );
  });

  test("what is none is refused when the tool is made", () => {
    expect(() => defineTool({ ...base, parameters: z.string() as never })).toThrow(
      'parameters must be a schema of an object (type "object")',
    );
    expect(() => defineTool({ ...base, parameters: { type: "object", properties: { a: { type: "text" } } } })).toThrow(
      "parameters is not JSON Schema",
    );
    expect(() => defineTool({ ...base, parameters: 5 as never })).toThrow("parameters must be a plain object, got 5");
    expect(() => defineTool({ ...base, name: "book a room", parameters: { type: "object" } })).toThrow(
      "name must be letters, digits, _ and -",
    );
    expect(() => defineTool({ ...base, description: "", parameters: { type: "object" } })).toThrow(
      "description must be text that is not empty",
    );
    expect(() => defineTool({ ...base, parameters: { type: "object" }, needApproval: true } as never)).toThrow(
      'did you mean "needsApproval"?',
    );
  });

  test("names what does not fit", async () => {
    const tool = defineTool({ ...base, parameters: { ...wanted, additionalProperties: false } });
    expect((await tool.call({ seats: 0, floor: 3 })).content).toBe(
      "error: invalid arguments: arguments must have required property 'room'; arguments must NOT have additional properties (\"floor\"); seats must be >= 1",
    );
  });
});

test("a prototype cannot be reached through arguments", async () => {
  const tool = defineTool({ ...base, parameters: { type: "object", properties: {}, additionalProperties: false } });
  const given = JSON.parse('{"__proto__": {"admin": true}}') as Record<string, unknown>;
  expect((await tool.call(given)).error).toBe("invalid-arguments");
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});
