import { ArgumentError } from "../errors.ts";
import { checkInstance, checkNumber, checkObject } from "../runtime/check.ts";
import { ones, Tensor } from "../tensor/index.ts";

export interface Clipped<Gradients> {
  gradients: Gradients;
  /** Norm of all the gradients together, before clipping. */
  norm: Tensor;
}

/**
 * Gradients scaled down so that their norm, taken over all of them, is at most `max` — Pascanu et al. 2013 (arXiv:1211.5063), as
 * torch.nn.utils.clip_grad_norm_ computes it.
 *
 * @throws {ArgumentError} There are no gradients, or `max` is not above 0.
 * @example
 * const { gradients, norm } = clipByGlobalNorm(allGradients, 1);
 */
export function clipByGlobalNorm<Gradients extends Readonly<Record<string, Tensor>>>(
  gradients: Gradients,
  max: number,
): Clipped<{ [Name in keyof Gradients]: Tensor }> {
  checkNumber("max", max, { above: 0 });
  const norm = globalNorm(gradients);
  const scale = clippingScale(norm, max);
  const scaled = Object.fromEntries(
    Object.entries<Tensor>(gradients).map(([name, gradient]) => [name, gradient.mul(scale.to(gradient.dtype))]),
  );
  return { gradients: scaled as { [Name in keyof Gradients]: Tensor }, norm };
}

/** What gradients of this norm are multiplied by, a scalar: 1 where there is no limit, or the norm is below it. */
export function clippingScale(norm: Tensor, max: number | undefined): Tensor {
  return max === undefined ? ones([]) : norm.add(1e-6).reciprocal().mul(max).minimum(1);
}

/** Norm of all the gradients together, as of one long vector: a scalar of float32, or of float64 if one of them is. */
export function globalNorm(gradients: Readonly<Record<string, Tensor>>): Tensor {
  const hint = "pass them by name: valueAndGrad(loss)(model.parameters()) returns them";
  const entries = Object.entries(checkObject("gradients", gradients, { hint }));
  if (entries.length === 0) throw new ArgumentError("there are no gradients to clip or to take the norm of", { hint });
  const all = entries.map(([name, gradient]) => checkInstance(`gradients["${name}"]`, gradient, Tensor, { hint }));
  const dtype = all.some((gradient) => gradient.dtype === "float64") ? "float64" : "float32"; // the square of a float16 soon overflows
  return all
    .map((gradient) => gradient.to(dtype).square().sum())
    .reduce((total, squares) => total.add(squares))
    .sqrt();
}
