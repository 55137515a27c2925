import { checkChoice, checkOptions } from "../../runtime/check.ts";
import { groupedMatmul, type Parameter, type Tensor } from "../../tensor/index.ts";
import { checkInput, checkParameter, checkSize } from "../check-layer.ts";
import { randomOf, uniformParameter, type RandomOptions } from "../initial.ts";
import { Module } from "../module.ts";

export interface ExpertsOptions extends RandomOptions {
  /** down(silu(gate(x)) · up(x)) for "swiglu", down(gelu(up(x))) for "gelu", by its tanh. @default "swiglu" */
  activation?: "swiglu" | "gelu";
  /** Matrices of all experts that are there already, instead of drawn ones: (E, hidden, width), and (E, width, hidden) for down_proj; gate_proj for "swiglu" alone. */
  weights?: Readonly<{ gate_proj?: Parameter; up_proj: Parameter; down_proj: Parameter }>;
}

/**
 * E feed-forward networks without biases, of which each row goes through one: the rows of an expert are multiplied as one matrix, and nothing is
 * computed for experts that have none.
 *
 * @throws {ArgumentError} A size is not an integer ≥ 1, or there is no seed.
 */
export class Experts extends Module {
  readonly gate_proj: Parameter | undefined;
  readonly up_proj: Parameter;
  readonly down_proj: Parameter;

  constructor(count: number, width: number, hidden: number, options: ExpertsOptions = {}) {
    super();
    for (const [name, size] of Object.entries({ count, width, hidden })) checkSize(name, size);
    checkOptions("Experts", options, ["activation", "weights", "seed", "random"]);
    const { activation = "swiglu", weights } = options;
    checkChoice("activation", activation, ["swiglu", "gelu"]);
    const random = weights ? undefined : randomOf("Experts", options);
    const matrices = (name: "gate_proj" | "up_proj" | "down_proj", outputs: number, inputs: number): Parameter =>
      weights
        ? checkParameter(name, weights[name], [count, outputs, inputs])
        : uniformParameter([count, outputs, inputs], 1 / Math.sqrt(inputs), random!);
    this.gate_proj = activation === "swiglu" ? matrices("gate_proj", hidden, width) : undefined;
    this.up_proj = matrices("up_proj", hidden, width);
    this.down_proj = matrices("down_proj", width, hidden);
  }

  get count(): number {
    return this.up_proj.shape[0]!;
  }

  get width(): number {
    return this.up_proj.shape[2]!;
  }

  /**
   * @param rows (M, width): those of the first expert, then those of the second, and so on; then rows of none, whose results are 0.
   * @param groupSizes How many rows each expert has, (E), int64.
   * @returns (M, width).
   */
  forward(rows: Tensor, groupSizes: Tensor): Tensor {
    const x = checkInput("Experts", rows, this.width, this.up_proj);
    const times = (of: Tensor, matrices: Parameter): Tensor => groupedMatmul(of, matrices.transpose(1, 2), groupSizes);
    const up = times(x, this.up_proj);
    const hidden = this.gate_proj ? times(x, this.gate_proj).silu().mul(up) : up.gelu({ approximate: "tanh" });
    return times(hidden, this.down_proj);
  }

  override details(): string {
    return `${this.count} × (${this.width}, ${this.up_proj.shape[1]}), ${this.gate_proj ? "swiglu" : "gelu"}`;
  }
}
