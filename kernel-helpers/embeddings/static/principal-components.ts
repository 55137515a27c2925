/** Principal component analysis: rows of numbers in fewer numbers, those along which they differ most. */
import { setImmediate } from "node:timers/promises";
import { tensor, type Tensor } from "../../tensor/index.ts";

export interface PrincipalComponents {
  /** The coordinates of each row along the directions, (rows, components). */
  rows: Float32Array;
  /** Of the rows along each direction, the largest first. */
  variances: Float64Array;
}

/**
 * @param data Row after row, of `columns` numbers each; at least two rows.
 * @param count How many components, at most as many as there are columns.
 */
export async function principalComponents(data: Float32Array, columns: number, count: number): Promise<PrincipalComponents> {
  const rows = data.length / columns;
  const given = tensor(data, { shape: [rows, columns] });
  const centred = given.sub(given.mean(0));
  const covariance = centred.T.matmul(centred).div(Math.max(1, rows - 1));
  const { values, vectors } = await symmetricEigen(Float64Array.from(covariance.data as Float32Array), columns);
  const directions = tensor(Float32Array.from(vectors.subarray(0, count * columns)), { shape: [count, columns] });
  return { rows: (centred.matmul(directions.T) as Tensor).data as Float32Array, variances: values.subarray(0, count) };
}

/** Rows whose product is less than this share of their lengths' stand at right angles. */
const rightAngle = 1e-10;

/**
 * Eigenvalues, the largest first, and eigenvectors, a row each, of a symmetric matrix without negative eigenvalues. Rows are turned in pairs until all stand at right
 * angles to one another (one-sided Jacobi: Hestenes 1958; Golub & Van Loan 2013, "Matrix Computations", §8.6): what has been turned, Uᵀ·A, is Λ·Uᵀ then.
 *
 * @param matrix (n, n); it is overwritten.
 */
export async function symmetricEigen(matrix: Float64Array, n: number): Promise<{ values: Float64Array; vectors: Float64Array }> {
  const rows = Array.from({ length: n }, (_, index) => matrix.subarray(index * n, (index + 1) * n));
  const least = Math.max(...rows.map((row) => dot(row, row))) * 1e-28; // what is shorter is rounding
  for (let sweep = 0, turned = true; turned && sweep < 40; sweep++) {
    turned = false;
    for (let p = 0; p < n - 1; p++) {
      if (p % 16 === 0) await setImmediate();
      for (let q = p + 1; q < n; q++) if (turnApart(rows[p]!, rows[q]!, least)) turned = true;
    }
  }
  const lengths = rows.map((row) => Math.sqrt(dot(row, row)));
  const order = Array.from(rows.keys()).toSorted((one, other) => lengths[other]! - lengths[one]!);
  const vectors = new Float64Array(n * n);
  for (const [index, found] of order.entries()) {
    for (let column = 0; column < n; column++)
      vectors[index * n + column] = lengths[found] === 0 ? 0 : rows[found]![column]! / lengths[found]!;
  }
  return { values: Float64Array.from(order, (index) => lengths[index]!), vectors };
}

/** Turns two rows so that they stand at right angles; false where they did. */
function turnApart(one: Float64Array, other: Float64Array, least: number): boolean {
  const [alpha, beta, gamma] = [dot(one, one), dot(other, other), dot(one, other)];
  if (alpha <= least || beta <= least || Math.abs(gamma) <= rightAngle * Math.sqrt(alpha * beta)) return false;
  const zeta = (beta - alpha) / (2 * gamma);
  const tangent = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = tangent * cosine;
  for (let index = 0; index < one.length; index++) {
    const [x, y] = [one[index]!, other[index]!];
    one[index] = cosine * x - sine * y;
    other[index] = sine * x + cosine * y;
  }
  return true;
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += one[index]! * other[index]!;
  return sum;
}
