/**
 * The parameters of an optimizer as one long vector for each element type, and their moments likewise: an update is then a dozen operators in all, and not
 * a dozen for each parameter, which on a GPU take longer to start than to compute. Each number comes out as it does from the optimizer itself.
 */
import { after, assignAll, concat, parameter, Parameter, tensor, withValues, zeros, type Tensor } from "../tensor/index.ts";
import type { NamedParameters, StepContext, Update } from "./optimizer.ts";

/** Which numbers of a long vector decay, and how much. */
export interface Decay {
  /** How much is taken off at each step, times the learning rate. */
  readonly amount: number;
  /** Of bool, as long as the vector; nothing where all of it decays. */
  readonly where: Tensor | undefined;
}

/** What an optimizer has that can do it: each number's update depends on that number, its gradient and its moments alone. */
export interface Elementwise {
  readonly parameters: NamedParameters;
  readonly steps: Parameter;
  learningRate(): Tensor;
  reach(gradientNorm: Tensor): Tensor;
  decayOf(name: string, target: Parameter): number;
  moments(name: string): readonly (readonly [string, Parameter])[];
  update(target: Parameter, gradient: Tensor, moments: readonly Parameter[], decay: Decay, context: StepContext): readonly Update[];
}

/** A long vector, and the parameters that lie in it one behind the other. */
interface Vector {
  readonly flat: Parameter;
  readonly parts: readonly Parameter[];
}

interface Group {
  readonly values: Vector;
  readonly moments: readonly Vector[];
  readonly decay: Decay;
}

export class FlatOptimizer {
  readonly #of: Elementwise;
  readonly #groups: ReadonlyMap<string, Group>;
  /** The vectors, by element type. */
  readonly parameters: NamedParameters;

  /** @internal */
  constructor(of: Elementwise) {
    this.#of = of;
    const named = Object.entries(of.parameters);
    const dtypes = [...new Set(named.map(([, { dtype }]) => dtype))];
    this.#groups = new Map(
      dtypes.map((dtype) => [
        dtype,
        groupOf(
          of,
          named.filter(([, target]) => target.dtype === dtype),
        ),
      ]),
    );
    this.parameters = Object.fromEntries([...this.#groups].map(([dtype, { values }]) => [dtype, values.flat]));
    this.gather();
  }

  learningRate(): Tensor {
    return this.#of.learningRate();
  }

  reach(gradientNorm: Tensor): Tensor {
    return this.#of.reach(gradientNorm);
  }

  /** All that a step changes besides the parameters. */
  state(): Record<string, Parameter> {
    const moments = [...this.#groups].flatMap(([dtype, group]) =>
      group.moments.map(({ flat }, index) => [`${dtype}.${index}`, flat] as const),
    );
    return { step: this.#of.steps, ...Object.fromEntries(moments) };
  }

  /** Runs f with the optimizer's parameters read out of the vectors: gradients flow into these. */
  within<T>(f: () => T): T {
    const views = [...this.#groups.values()].flatMap(({ values: { flat, parts } }) => {
      const pieces = flat.split(
        parts.map(({ size }) => size),
        0,
      );
      return parts.map((part, index) => [part, pieces[index]!.reshape([...part.shape])] as const);
    });
    return withValues(new Map(views), f);
  }

  /** Updates all numbers by their gradients, as part of the function being compiled. */
  step(gradients: Readonly<Record<string, Tensor>>): void {
    const { steps } = this.#of;
    const rate = after(this.learningRate().to("float64"), Object.values(gradients));
    const context = { step: steps.add(1).to("float64"), rate };
    const updates = [...this.#groups].flatMap(([dtype, { values, moments, decay }]) =>
      this.#of.update(
        values.flat,
        gradients[dtype]!,
        moments.map(({ flat }) => flat),
        decay,
        context,
      ),
    );
    assignAll([...updates, [steps, steps.add(1)]]);
  }

  /** Takes up what parameters and moments are now; what lies in the vectors already is not copied. */
  gather(): void {
    for (const { flat, parts } of this.#vectors()) {
      let offset = 0;
      const whole = flat.buffer.data;
      for (const { buffer, size } of parts) {
        if (buffer.data.buffer !== whole.buffer || buffer.data.byteOffset !== whole.byteOffset + offset * whole.BYTES_PER_ELEMENT) {
          whole.set(buffer.data as never, offset);
        }
        offset += size;
      }
    }
  }

  /** Makes parameters and moments what the vectors are: parts of them, without a copy. */
  scatter(): void {
    for (const { flat, parts } of this.#vectors()) {
      let offset = 0;
      for (const { buffer, size } of parts) {
        buffer.data = flat.buffer.data.subarray(offset, (offset += size));
        delete buffer.spare;
        buffer.writes++;
      }
    }
  }

  /** Gives parameters and moments memory of their own again. */
  release(): void {
    for (const { parts } of this.#vectors()) for (const { buffer } of parts) buffer.data = buffer.data.slice();
  }

  #vectors(): Vector[] {
    return [...this.#groups.values()].flatMap(({ values, moments }) => [values, ...moments]);
  }
}

function groupOf(of: Elementwise, named: readonly (readonly [string, Parameter])[]): Group {
  const moments = named.map(([name]) => of.moments(name).map(([, moment]) => moment));
  return {
    values: vectorOf(named.map(([, target]) => target)),
    moments: moments[0]!.map((_, index) => vectorOf(moments.map((own) => own[index]!))),
    decay: decayOf(named.map(([name, target]) => ({ amount: of.decayOf(name, target), size: target.size }))),
  };
}

function vectorOf(parts: readonly Parameter[]): Vector {
  const size = parts.reduce((total, part) => total + part.size, 0);
  return { flat: parameter(zeros([size], { dtype: parts[0]!.dtype })), parts };
}

function decayOf(parts: readonly { amount: number; size: number }[]): Decay {
  const amount = Math.max(...parts.map((part) => part.amount));
  if (parts.every((part) => part.amount === amount)) return { amount, where: undefined };
  const flags = parts.map((part) => tensor(new Uint8Array(part.size).fill(part.amount > 0 ? 1 : 0), { dtype: "bool" }));
  return { amount, where: concat(flags, 0) };
}
