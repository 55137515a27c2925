/** What was measured on a rollout rides with each of its rows, so that it is among the metrics of the steps that learn from it. */
import { tensor, type Tensor } from "../../tensor/index.ts";

/** The names are known once there was a rollout; a state keeps them as the characters of a JSON text. */
export class RolloutStats {
  #names: readonly string[] = [];

  /** The same numbers in each row: (rows, K). */
  toRows(stats: Readonly<Record<string, number>>, rows: number): Tensor {
    this.#names = Object.keys(stats).toSorted();
    const numbers = this.#names.map((name) => stats[name]!);
    return tensor(
      Array.from({ length: rows }, () => numbers),
      { shape: [rows, numbers.length] },
    );
  }

  metrics(rows: Tensor): Record<string, Tensor> {
    return Object.fromEntries(this.#names.map((name, column) => [name, rows.slice([0, 1], [column, column + 1]).reshape([])]));
  }

  state(): Record<string, Tensor> {
    return { names: tensor(Float64Array.from(Buffer.from(JSON.stringify(this.#names))), { dtype: "int64" }) };
  }

  load(state: Readonly<Record<string, Tensor>>): void {
    const { names } = state;
    if (names) this.#names = JSON.parse(Buffer.from(Array.from(names.data as BigInt64Array, Number)).toString()) as string[];
  }
}
