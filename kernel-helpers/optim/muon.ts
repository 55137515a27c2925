import { ShapeError } from "../errors.ts";
import { checkBoolean, checkFunction, checkInstance, checkOptions } from "../runtime/check.ts";
import { Tensor, type Parameter } from "../tensor/index.ts";
import { adam, checkBetas, checkEpsilon } from "./adamw.ts";
import {
  checkBag,
  checkShare,
  decayed,
  Optimizer,
  zeroMoments,
  type OptimizerOptions,
  type NamedParameters,
  type StepContext,
  type Update,
} from "./optimizer.ts";
import { checkRate } from "./schedules.ts";

export interface MuonOptions extends Partial<OptimizerOptions> {
  /** How slowly the mean of the gradients follows, in [0, 1). @default 0.95 */
  momentum?: number;
  /** @default true */
  nesterov?: boolean;
  /** Which parameters Muon updates, all of them matrices; AdamW does the others. @default matrices, but no embeddings and no output layer */
  hidden?: (name: string, parameter: Parameter) => boolean;
  /** For the others: the rate as a part of `learningRate`, betas and epsilon. @default { rate: 1, betas: [0.9, 0.95], epsilon: 1e-8 } */
  adam?: { rate?: number; betas?: readonly [number, number]; epsilon?: number };
}

/** How a matrix's step is scaled to its shape, so that one learning rate, one of AdamW's, fits all — Liu et al. 2025 (arXiv:2502.16982). */
const scaleOf = (rows: number, columns: number): number => 0.2 * Math.sqrt(Math.max(rows, columns));

const isHidden = (name: string, { rank }: Parameter): boolean => rank === 2 && !/(^|\.)(wte|wpe|lm_head|embed\w*)\./.test(`${name}.`);

/**
 * Momentum whose matrices are made orthogonal, so that a step goes equally far in every direction that the gradient has — Jordan et al. 2024
 * (kellerjordan.github.io/posts/muon), with weight decay and scaling as in torch.optim.Muon(adjust_lr_fn="match_rms_adamw"), all in float32.
 */
export class Muon extends Optimizer {
  readonly #options: MuonOptions;
  readonly #momenta: ReadonlyMap<string, Parameter>;
  readonly #means: ReadonlyMap<string, Parameter>;
  readonly #squares: ReadonlyMap<string, Parameter>;

  constructor(parameters: NamedParameters, options: MuonOptions = {}) {
    const {
      learningRate = 1e-3,
      weightDecay = 0.1,
      momentum = 0.95,
      nesterov = true,
      hidden = isHidden,
      adam: others = {},
    } = checkBag(options);
    super(parameters, { ...options, learningRate, weightDecay }, ["momentum", "nesterov", "hidden", "adam"]);
    checkShare("momentum", momentum);
    checkBoolean("nesterov", nesterov);
    checkFunction("hidden", hidden, { hint: "pass a function such as (name, parameter) => parameter.rank === 2" });
    checkOptions("adam", others, ["rate", "betas", "epsilon"]);
    if (others.rate !== undefined) checkRate("adam.rate", others.rate);
    if (others.betas !== undefined) checkBetas("adam.betas", others.betas);
    if (others.epsilon !== undefined) checkEpsilon("adam.epsilon", others.epsilon);
    const pick = (isWanted: boolean): NamedParameters =>
      Object.fromEntries(
        Object.entries(this.parameters).filter(
          ([name, target]) => checkBoolean(`what hidden returns for ${name}`, hidden(name, target)) === isWanted,
        ),
      );
    for (const [name, { rank, shape }] of Object.entries(pick(true))) if (rank !== 2) throw notAMatrix(name, shape);
    this.#options = options;
    this.#momenta = zeroMoments(pick(true));
    this.#means = zeroMoments(pick(false));
    this.#squares = zeroMoments(pick(false));
  }

  protected override update(name: string, target: Parameter, gradient: Tensor, context: StepContext): readonly Update[] {
    const { momentum = 0.95, nesterov = true, adam: others = {} } = this.#options;
    const decay = this.decayOf(name, target);
    const before = this.#momenta.get(name);
    if (!before) {
      const { rate = 1, betas = [0.9, 0.95], epsilon = 1e-8 } = others;
      const [m, v] = [this.#means.get(name)!, this.#squares.get(name)!];
      return adam({ target, gradient, m, v, decay, betas, epsilon, ...context, rate: context.rate.mul(rate) });
    }
    const mean = before.mul(momentum).add(gradient.mul(1 - momentum));
    const direction = orthogonalize(nesterov ? gradient.mul(1 - momentum).add(mean.mul(momentum)) : mean);
    const size = context.rate.mul(scaleOf(...(target.shape as [number, number]))).to(target.dtype);
    return [
      [target, decayed(target, context.rate, decay).sub(direction.mul(size))],
      [before, mean],
    ];
  }

  protected override moments(name: string): readonly (readonly [string, Parameter])[] {
    const momentum = this.#momenta.get(name);
    if (momentum) return [[`${name}.momentum_buffer`, momentum]];
    return [
      [`${name}.exp_avg`, this.#means.get(name)!],
      [`${name}.exp_avg_sq`, this.#squares.get(name)!],
    ];
  }
}

const notAMatrix = (name: string, shape: readonly number[]): ShapeError =>
  new ShapeError(`Muon updates matrices, but ${name} is of shape (${shape.join(", ")})`, {
    hint: "leave it to AdamW: have `hidden` return false for it",
    facts: { name, shape },
  });

/**
 * A matrix with the same singular vectors, whose singular values are all near 1 (0.7 to 1.2): five Newton–Schulz steps
 * X ← aX + (b·XXᵀ + c·(XXᵀ)²)·X, with coefficients that Jordan tuned for speed rather than accuracy.
 *
 * @throws {ShapeError} It is not a matrix.
 */
export function orthogonalize(matrix: Tensor): Tensor {
  const { rank, shape } = checkInstance("matrix", matrix, Tensor);
  if (rank !== 2) throw new ShapeError(`orthogonalize takes a matrix, got shape (${shape.join(", ")})`, { hint: "reshape it to two axes" });
  const [a, b, c] = [3.4445, -4.775, 2.0315];
  const isTall = matrix.shape[0]! > matrix.shape[1]!; // XXᵀ is smaller when the rows are the short side
  const norm = matrix.square().sum().sqrt().maximum(1e-7);
  let x = (isTall ? matrix.T : matrix).div(norm);
  for (let step = 0; step < 5; step++) {
    const products = x.matmul(x.T);
    x = x.mul(a).add(products.mul(b).add(products.matmul(products).mul(c)).matmul(x));
  }
  return isTall ? x.T : x;
}
