import { expect, test } from "vitest";
import { chooseNotebooks, readCourse, type Choice } from "../../src/site/index.ts";

const course = await readCourse("notebooks");
const idsOf = (choice: Choice): string[] => chooseNotebooks(course, choice).map(({ id }) => id);

test("notebooks are chosen by number, by name and by stage, and stay in the order of the course", () => {
  expect(idsOf({ only: "05,02" })).toEqual(["02-embeddings", "05-autograd"]);
  expect(idsOf({ only: "5, embeddings ,00-fact-check.ipynb" })).toEqual(["00-fact-check", "02-embeddings", "05-autograd"]);
  expect(idsOf({ stage: "Foundation" })).toEqual(["01-tokenization", "02-embeddings", "03-vector-databases", "04-semantic-search"]);
  expect(idsOf({})).toEqual(course.notebooks.map(({ id }) => id));
});

test.each([
  [
    { only: "05,tokenisation" },
    'the course has no notebook "tokenisation"\n  hint: did you mean "tokenization"? It has 00-fact-check, 01-',
  ],
  [{ only: "99" }, 'the course has no notebook "99"\n  hint: It has 00-fact-check, '],
  [{ only: "," }, "--only names no notebook"],
  [
    { stage: "foundations" },
    'the course has no stage "foundations"\n  hint: did you mean "foundation"? It has start, foundation, infrastructure, core',
  ],
  [{ stage: "core", only: "05" }, "--stage and --only exclude each other"],
])("%j is an error that says what there is", (choice, message) => {
  expect(() => chooseNotebooks(course, choice)).toThrow(message);
});
