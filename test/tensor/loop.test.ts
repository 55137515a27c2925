/** Functions run many times within one graph. */
import { describe, expect, test } from "vitest";
import { arange, assignAll, dropout, jit, jitLoop, parameter, tensor, where, type Tensor } from "../../kernel-helpers/tensor/index.ts";

describe("a loop", () => {
  test("is the same function called on one argument after the other, its parameters in between", () => {
    const make = (): {
      total: ReturnType<typeof parameter>;
      f: (given: { x: Tensor; rows: Tensor }) => { sum: Tensor; twice: Tensor[] };
    } => {
      const total = parameter(tensor([1, 2, 3]));
      const table = parameter(arange(8).to("float32").reshape([4, 2])); // is read, and stays
      const f = ({ x, rows }: { x: Tensor; rows: Tensor }): { sum: Tensor; twice: Tensor[] } => {
        total.assign(total.mul(0.5).add(x).add(table.take(rows).sum()));
        return { sum: total.sum(), twice: [total.mul(2), rows] };
      };
      return { total, f };
    };
    const given = Array.from({ length: 5 }, (_, turn) => ({
      x: tensor([turn, turn / 3, -turn]),
      rows: tensor([turn % 4, 1], { dtype: "int64" }),
    }));
    const [one, other] = [make(), make()];
    const loop = jitLoop(one.f);
    const step = jit(other.f);
    const plain = (result: { sum: Tensor; twice: Tensor[] }): unknown => [result.sum.item(), ...result.twice.map((item) => item.toArray())];
    expect([...loop(given.slice(0, 3)), ...loop(given.slice(3))].map(plain)).toEqual(given.map((item) => plain(step(item))));
    expect(one.total.toArray()).toEqual(other.total.toArray());
    loop.close();
  });

  test("draws the same random numbers: a counter is state", () => {
    const drawn = (): ((x: Tensor) => Tensor) => {
      const masks = parameter(tensor(0, { dtype: "int64" }));
      return (x) => {
        masks.assign(masks.add(1));
        return dropout(x, 0.5, { seed: masks });
      };
    };
    const given = Array.from({ length: 4 }, () => arange(16).to("float32"));
    const step = jit(drawn());
    expect(jitLoop(drawn())(given).map((row) => row.toArray())).toEqual(given.map((row) => step(row).toArray()));
  });

  test("has states of any type, such as whether it still goes on, and some that are only written", () => {
    const [goes, last] = [parameter(tensor([1], { dtype: "bool" })), parameter(tensor(0))];
    const loop = jitLoop((x: Tensor) => {
      assignAll([
        [goes, goes.logicalAnd(x.greater(0).reshape([1]))],
        [last, x],
      ]);
      return where(goes, x, -1).sum();
    });
    expect(loop([1, 2, 0, 4].map((number) => tensor(number))).map((item) => item.item())).toEqual([1, 2, -1, -1]);
    expect([goes.toArray(), last.item()]).toEqual([[0], 4]);
    expect(loop([])).toEqual([]);
  });

  test("refuses what is not a list", () => {
    expect(() => jitLoop((x: Tensor) => x)(tensor([1]) as never)).toThrow("given must be an array");
    expect(() => jitLoop("f" as never)).toThrow("f must be a function");
  });
});
