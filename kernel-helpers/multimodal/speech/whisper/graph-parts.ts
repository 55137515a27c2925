/** What the graphs of Whisper's two halves are made of. */
import type { GraphBuilder } from "../../../onnx/index.ts";
import type { WhisperWeights } from "./weights.ts";

export class GraphParts {
  readonly graph: GraphBuilder;
  readonly #weights: WhisperWeights;
  readonly #integers = new Map<string, string>();

  constructor(graph: GraphBuilder, weights: WhisperWeights) {
    this.graph = graph;
    this.#weights = weights;
  }

  integers(...values: number[]): string {
    const name = `integers ${values.join(" ")}`;
    const known = this.#integers.get(name) ?? this.graph.constant(name, BigInt64Array.from(values, BigInt));
    this.#integers.set(name, known);
    return known;
  }

  async weight(name: string): Promise<string> {
    return this.graph.constant(name, await this.#weights.float32(name), this.#weights.shape(name));
  }

  /** x (…, K) · Wᵀ + b; the rows of several weights one below the other. What has no bias gets zeros beside what has one. */
  async linear(x: string, ...names: string[]): Promise<string> {
    const shapes = names.map((name) => this.#weights.shape(`${name}.weight`) as [number, number]);
    const [k, n] = [shapes[0]![1], shapes.reduce((sum, [rows]) => sum + rows, 0)];
    const weight = new Float32Array(k * n);
    const bias = new Float32Array(n);
    let start = 0;
    for (const [index, name] of names.entries()) {
      const rows = shapes[index]![0];
      const numbers = await this.#weights.float32(`${name}.weight`);
      for (let row = 0; row < rows; row++) for (let col = 0; col < k; col++) weight[col * n + start + row] = numbers[row * k + col]!;
      if (this.#weights.has(`${name}.bias`)) bias.set(await this.#weights.float32(`${name}.bias`), start);
      start += rows;
    }
    const name = names.join("+");
    const product = this.graph.node("MatMul", [x, this.graph.constant(`${name}.weight`, weight, [k, n])]);
    return bias.some((number) => number !== 0) ? this.graph.node("Add", [product, this.graph.constant(`${name}.bias`, bias)]) : product;
  }

  async norm(x: string, name: string): Promise<string> {
    const weights = [await this.weight(`${name}.weight`), await this.weight(`${name}.bias`)];
    return this.graph.node("LayerNormalization", [x, ...weights], { attributes: { axis: -1, epsilon: { float: 1e-5 } } });
  }

  add(x: string, y: string): string {
    return this.graph.node("Add", [x, y]);
  }

  /** W₂ gelu(W₁ x). */
  async feedForward(x: string, layer: string): Promise<string> {
    return this.linear(this.graph.node("Gelu", [await this.linear(x, `${layer}.fc1`)]), `${layer}.fc2`);
  }

  /** (1, T, width) → (1, heads, T, head size); with "columns", (1, heads, head size, T), as keys are multiplied with. */
  heads(x: string, heads: number, size: number, order: "rows" | "columns" = "rows"): string {
    const split = this.graph.node("Reshape", [x, this.integers(0, 0, heads, size)]);
    return this.graph.node("Transpose", [split], { attributes: { perm: order === "rows" ? [0, 2, 1, 3] : [0, 2, 3, 1] } });
  }
}
