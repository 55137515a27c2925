/** Every exercise of the course: its solution passes, its typical wrong answers get the message written for them. */
import { describe, expect, test } from "vitest";
import { judge } from "../../kernel-helpers/course/exercise.ts";
import { exercises } from "../../kernel-helpers/course/exercises/all.ts";

test("ids are unique and begin with the number of their notebook", () => {
  const ids = exercises.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^\d\d-[a-z0-9-]+$/);
});

const numbers = exercises.map(({ id }) => id.slice(0, 2));
test.each([...new Set(numbers)])("notebook %s, having exercises, has at least three", (number) => {
  expect(numbers.filter((other) => other === number).length).toBeGreaterThanOrEqual(3);
});

describe.each(exercises.map((exercise) => [exercise.id, exercise] as const))("%s", (_, exercise) => {
  test("its solution passes", async () => {
    expect(await judge(exercise, exercise.solution)).toEqual({ passed: true });
  });

  test("has a hint and a typical wrong answer", () => {
    expect(exercise.hints.length).toBeGreaterThan(0);
    expect(exercise.wrong.length).toBeGreaterThan(0);
  });

  test.each(exercise.wrong.map(({ answer, message }) => [message, answer] as const))(
    "a wrong answer hears: %s",
    async (message, answer) => {
      expect(await judge(exercise, answer)).toMatchObject({ passed: false, message });
    },
  );
});

test("an answer of another kind, or one that throws, is told so", async () => {
  const recall = exercises.find(({ id }) => id === "03-recall")!;
  expect(await judge(recall, 0.5)).toEqual({ passed: false, message: "this wants a function, your answer is a number: 0.5" });
  const thrower = (): never => {
    throw new TypeError("no such neighbour");
  };
  expect(await judge(recall, thrower)).toEqual({ passed: false, message: "your answer threw an error: TypeError: no such neighbour" });
});

test("a throw is shown with its line in the cell", async () => {
  const recall = exercises.find(({ id }) => id === "03-recall")!;
  const thrower = (): never => {
    const error = new TypeError("no such neighbour");
    error.stack = "TypeError: no such neighbour\n    at recall (cell[7]:3:9)\n    at predicate (exercises.ts:1:1)";
    throw error;
  };
  expect(await judge(recall, thrower)).toMatchObject({ seen: "It was thrown in line 3 of cell [7]." });
});

test("a wrong function is shown what it returned, and for what", async () => {
  const merge = exercises.find(({ id }) => id === "01-merge")!;
  const unchanged = (ids: number[]): number[] => ids;
  expect(await judge(merge, unchanged)).toMatchObject({ seen: "Given ([1,2,3], [1,2], 9), yours returned [1,2,3]." });
  const promised = async (): Promise<undefined> => undefined;
  expect(await judge(merge, promised)).toMatchObject({ passed: false });
});
