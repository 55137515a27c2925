import { beforeAll, expect, test } from "vitest";
import { askAbout, comparison, type Case, type Comparison } from "./compare.ts";
import { Draw, type Sizes } from "./draw.ts";

/** A name, and how a case of it is drawn. */
export type Row = readonly [name: string, draw: (draw: Draw) => Case];

export interface AgainstTorchOptions {
  /** How often they are differentiated at most. @default 2 */
  order?: 0 | 1 | 2;
  /** Another seed draws other cases. @default 0 */
  seed?: number;
}

/** By its name alone, so that a new row leaves the others' cases as they are: FNV-1a. */
const seedOf = (name: string): number =>
  [...Buffer.from(name)].reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5) >>> 0;

/** A test for each row, of as many cases as there are draws, every other one compiled; PyTorch is started once for all. */
export function testAgainstTorch(rows: readonly Row[], draws: readonly Sizes[], { order = 2, seed = 0 }: AgainstTorchOptions = {}): void {
  const cases = rows.map(([name, draw]) =>
    draws.map((sizes, index): Comparison => {
      const drawn = draw(new Draw(seed + seedOf(name) + index, sizes));
      return comparison({ ...drawn, order: Math.min(order, drawn.order) as Case["order"] }, seedOf(name));
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
