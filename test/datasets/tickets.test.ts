/** The tickets: duplicates are marked consistently, and nothing that is marked is a copy. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

interface Ticket {
  id: string;
  created: string;
  language: "en" | "zh";
  product?: string;
  subject: string;
  body: string;
  group?: string;
}

const tickets = readFileSync("datasets/tickets/tickets.jsonl", "utf8")
  .trim()
  .split("\n")
  .map((line): Ticket => JSON.parse(line));
const known = new Set([...readFileSync("datasets/catalogue/products.jsonl", "utf8").matchAll(/"id":"(p\d+)"/g)].map((match) => match[1]));
const groups = new Map<string, Ticket[]>();
for (const ticket of tickets) if (ticket.group) groups.set(ticket.group, [...(groups.get(ticket.group) ?? []), ticket]);

describe("tickets", () => {
  test("are at least 300, in order of time, in two languages", () => {
    expect(tickets.length).toBeGreaterThanOrEqual(300);
    expect(new Set(tickets.map(({ id }) => id)).size).toBe(tickets.length);
    expect(tickets.map(({ created }) => created)).toEqual(tickets.map(({ created }) => created).toSorted());
    expect(tickets.filter(({ language }) => language === "zh").length).toBeGreaterThanOrEqual(100);
  });

  test("are in their language and about products of the catalogue", () => {
    for (const { id, language, subject, body, product } of tickets) {
      const hanCharacters = (subject + body).match(/\p{Script=Han}/gu)?.length ?? 0;
      expect(language === "zh" ? hanCharacters > 10 : hanCharacters === 0, id).toBe(true);
      expect(product === undefined || known.has(product), id).toBe(true);
    }
  });

  test("a group has two to four tickets about one product, each in its own words", () => {
    for (const [name, members] of groups) {
      expect(members.length, name).toBeGreaterThanOrEqual(2);
      expect(members.length, name).toBeLessThanOrEqual(4);
      expect(new Set(members.map(({ product }) => product)).size, name).toBe(1);
    }
    expect(new Set(tickets.map(({ body }) => body)).size).toBe(tickets.length);
  });

  test("some lonely tickets share their product with a group: they must not be taken for duplicates", () => {
    const inGroups = new Set([...groups.values()].flat().map(({ product }) => product));
    expect(tickets.filter(({ group, product }) => !group && product && inGroups.has(product)).length).toBeGreaterThanOrEqual(40);
  });
});
