/** The requests: each has one answer that its tool's schema allows and its words support, and what is held out is apart by phrasing or by items. */
import { describe, expect, test } from "vitest";
import { loadRequests, type AssistantRequest } from "../../kernel-helpers/data/index.ts";

const { tools, requests } = await loadRequests();
const toolOf = new Map(tools.map((tool) => [tool.name, tool]));
const ofSplit = (split: string): AssistantRequest[] => requests.filter((request) => request.split === split);

/** What is copied out of a request; everything else is brought into one form. */
const copied = new Set(["city", "text", "title", "query", "name", "phone", "email", "value", "amount", "max"]);

interface Property {
  type: string;
  enum?: string[];
  description: string;
}

describe("requests", () => {
  test("are at least 600 different ones, about half in each language, in three parts", () => {
    expect(requests.length).toBeGreaterThanOrEqual(600);
    expect(new Set(requests.map(({ id }) => id)).size).toBe(requests.length);
    expect(new Set(requests.map(({ request }) => request.toLowerCase())).size).toBe(requests.length);
    const chinese = requests.filter(({ language }) => language === "zh").length / requests.length;
    expect(Math.abs(chinese - 0.5)).toBeLessThan(0.05);
    for (const { id, language, request } of requests) expect(/\p{Script=Han}/u.test(request), id).toBe(language === "zh");
    for (const split of ["validation", "test"]) expect(ofSplit(split).length, split).toBeGreaterThanOrEqual(80);
  });

  test("use every tool in every part, and some call none", () => {
    for (const split of ["train", "validation", "test"])
      expect(new Set(ofSplit(split).map(({ answer }) => answer.tool)), split).toEqual(new Set([...toolOf.keys(), "none"]));
  });

  test("are answered as the tool's schema says, in its order", () => {
    for (const { id, kind, answer } of requests) {
      const { tool, missing, ...given } = answer;
      if (kind === "none") expect(answer, id).toEqual({ tool: "none" });
      else if (kind === "missing") {
        expect(toolOf.get(tool)!.parameters.required, id).toContain(missing);
        expect(Object.keys(given), id).toEqual([]);
      } else {
        const { properties, required } = toolOf.get(tool)!.parameters;
        expect(Object.keys(given), id).toEqual(Object.keys(properties).filter((name) => name in given));
        for (const name of required) expect(given, id).toHaveProperty(name);
        for (const [name, value] of Object.entries(given)) {
          const property = properties[name] as Property;
          expect(typeof value, id).toBe(property.type);
          if (property.enum) expect(property.enum, id).toContain(value);
          if (name === "day")
            expect(value, id).toMatch(/^(today|tomorrow|day after tomorrow|(mon|tues|wednes|thurs|fri|satur|sun)day|[01]\d-[0-3]\d)$/);
          if (name === "time") expect(value, id).toMatch(/^[012]\d:[0-5]\d$/);
        }
      }
    }
  });

  test("hold what is copied out of them, word for word", () => {
    for (const { id, request, answer } of requests) {
      const places = answer.tool === "route" ? [answer["from"] ?? "", answer["to"] ?? ""].map((place) => place as string) : [];
      const words = Object.entries(answer).flatMap(([name, value]) => (copied.has(name) ? [`${value as string | number}`] : []));
      const dishes = Object.keys(answer["items"] ?? {});
      for (const text of [...words, ...places, ...dishes]) expect(request.toLowerCase(), id).toContain(text.toLowerCase());
    }
  });
});

/** What a request fills its phrasing with: texts, names, places, numbers, times and dates. What has a handful of values, such as units, is not held out. */
function openValues({ language, kind, answer }: AssistantRequest): string[] {
  if (kind === "none" || kind === "missing") return [];
  const closed = new Set(["tool", "repeat", "room", "state", "currency", "category", "by", ...(answer.tool === "route" ? [] : ["from"])]);
  return Object.entries(answer).flatMap(([name, value]) => {
    if (closed.has(name) || (name === "to" && answer.tool !== "route")) return [];
    if (name === "day" && !/^\d/.test(value as string)) return [];
    const values = typeof value === "object" ? Object.keys(value) : [`${value}`];
    return values.map((one) => [language, answer.tool, name, one.toLowerCase()].join(" "));
  });
}

describe("what is held out", () => {
  const training = ofSplit("train");
  const held = requests.filter(({ split }) => split !== "train");
  const byItem = held.filter(({ heldOut }) => heldOut === "item");
  const byPhrasing = held.filter(({ heldOut }) => heldOut === "phrasing");

  test("is so by item or by phrasing, at least 80 of each in each language's test", () => {
    expect(training.filter(({ heldOut }) => heldOut !== undefined)).toEqual([]);
    expect(byItem.length + byPhrasing.length).toBe(held.length);
    for (const language of ["en", "zh"])
      for (const part of [byItem, byPhrasing])
        expect(part.filter((request) => request.split === "test" && request.language === language).length).toBeGreaterThanOrEqual(80);
  });

  test("by phrasing is said in ways that training does not have, and validation and test have not in common", () => {
    const splitsOf = new Map<string, Set<string>>();
    for (const { family, split } of [...training, ...byPhrasing]) splitsOf.set(family, (splitsOf.get(family) ?? new Set()).add(split));
    for (const [family, splits] of splitsOf) expect(splits.size, family).toBe(1);
    expect(splitsOf.size).toBeGreaterThan(600);
  });

  test("by item is said in ways that training has", () => {
    const families = new Set(training.map(({ family }) => family));
    expect(byItem.filter(({ family }) => !families.has(family))).toEqual([]);
  });

  test("by item has no text, name, place, number, time or date that the same argument has in training", () => {
    const known = new Set(training.flatMap(openValues));
    expect(byItem.flatMap(openValues).filter((value) => known.has(value))).toEqual([]);
    const inTest = new Set(byItem.filter(({ split }) => split === "test").flatMap(openValues));
    expect(inTest.size).toBeGreaterThan(200);
  });

  test("by phrasing has no near copies: the nearest training request shares less than two thirds of its letter groups", () => {
    const groups = ({ language, request }: AssistantRequest): Set<string> => {
      const letters = request.toLowerCase().replaceAll(/[^\p{L}\p{N} ]/gu, "");
      const length = language === "en" ? 3 : 2;
      return new Set(Array.from({ length: Math.max(1, letters.length - length + 1) }, (_, at) => letters.slice(at, at + length)));
    };
    const known = training.map(groups);
    const nearest = (request: AssistantRequest): number => {
      const own = groups(request);
      return Math.max(
        ...known.map((other) => {
          const shared = [...own].filter((group) => other.has(group)).length;
          return shared / (own.size + other.size - shared);
        }),
      );
    };
    const found = byPhrasing.map((request) => ({ id: request.id, share: nearest(request) }));
    expect(found.filter(({ share }) => share > 0.66)).toEqual([]);
    expect(found.reduce((sum, { share }) => sum + share, 0) / found.length).toBeLessThan(0.25);
  });
});
