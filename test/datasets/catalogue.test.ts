/** The catalogue and its histories: complete, consistent, varied enough to learn from. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

interface Product {
  id: string;
  name: string;
  nameZh: string;
  category: string;
  price: number;
  tags: string[];
  description: string;
  descriptionZh: string;
}

interface History {
  user: string;
  events: { product: string; date: string; kind: string }[];
}

const read = <T>(file: string): T[] =>
  readFileSync(`datasets/catalogue/${file}`, "utf8")
    .trim()
    .split("\n")
    .map((line): T => JSON.parse(line));

const products = read<Product>("products.jsonl");
const histories = read<History>("histories.jsonl");
const cjk = /\p{Script=Han}/gu;

describe("products", () => {
  test("are at least 200, each with its own id, names and descriptions", () => {
    expect(products.length).toBeGreaterThanOrEqual(200);
    for (const field of ["id", "name", "nameZh", "description", "descriptionZh"] as const)
      expect(new Set(products.map((product) => product[field])).size, field).toBe(products.length);
  });

  test("are written in both languages, with a price and tags", () => {
    for (const { id, description, descriptionZh, price, tags } of products) {
      expect(description.match(cjk), id).toBeNull();
      expect(description.split(" ").length, id).toBeGreaterThanOrEqual(5);
      expect(descriptionZh.match(cjk)?.length, id).toBeGreaterThanOrEqual(9);
      expect(price, id).toBeGreaterThan(0);
      expect(tags.length, id).toBeGreaterThanOrEqual(1);
    }
  });

  test("do not repeat each other's sentences", () => {
    const openings = products.map(({ description }) => description.split(" ").slice(0, 3).join(" "));
    expect(new Set(openings).size / products.length).toBeGreaterThan(0.9);
  });
});

describe("histories", () => {
  test("belong to at least 100 people and touch every product", () => {
    expect(new Set(histories.map(({ user }) => user)).size).toBe(histories.length);
    expect(histories.length).toBeGreaterThanOrEqual(100);
    expect(new Set(histories.flatMap(({ events }) => events.map(({ product }) => product)))).toEqual(new Set(products.map(({ id }) => id)));
  });

  test("are purchases and wishes in order of time, none twice", () => {
    for (const { user, events } of histories) {
      expect(events.length, user).toBeGreaterThanOrEqual(4);
      expect(new Set(events.map(({ product }) => product)).size, user).toBe(events.length);
      expect(events.map(({ date }) => date)).toEqual(events.map(({ date }) => date).toSorted());
      for (const { kind } of events) expect(["purchase", "wish"]).toContain(kind);
    }
  });
});
