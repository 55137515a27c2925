import { beforeAll, expect, test } from "vitest";
import { askAbout, comparison, type Case, type Comparison } from "./compare.ts";
import { Draw, type Sizes } from "./draw.ts";

/** A name, and how a case of it is drawn. */
export type Row = readonly [name: string, draw: (draw: Draw) => Case];

/** A test for each row, of as many cases as there are draws, every other one compiled; PyTorch is started once for all. */
export function testAgainstTorch(
  rows: readonly Row[],
  draws: readonly Sizes[],
  seedOf: (row: number, index: number) => number,
  { order = 2 }: { /** How often they are differentiated at most. @default 2 */ order?: 0 | 1 | 2 } = {},
): void {
  const cases = rows.map(([, draw], row) =>
    draws.map((sizes, index): Comparison => {
      const drawn = draw(new Draw(seedOf(row, index), sizes));
      return comparison({ ...drawn, order: Math.min(order, drawn.order) as Case["order"] }, row);
    }),
  );
  let answers: unknown[];
  beforeAll(() => {
    answers = askAbout(cases.flat());
  });

  test.each(rows.map(([name], row) => [name, row] as const))("%s", (_name, row) => {
    const differences = cases[row]!.flatMap((one, index) =>
      one
        .differences(answers[row * draws.length + index], { compiled: index % 2 === 1 })
        .map((text) => `${draws[index]} ${index}: ${one.torch}: ${text}`),
    );
    expect(differences).toEqual([]);
  });
}
