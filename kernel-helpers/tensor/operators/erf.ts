/**
 * erf in float64, which ONNX Runtime's CPU provider lacks: the rational approximations of fdlibm's s_erf.c (Sun Microsystems 1993), each for a range of
 * |x|, to within a unit in the last place.
 */
import type { Lowering } from "../graph/lowering.ts";

/** Coefficients, the constant first. */
const small = {
  over: [
    1.28379167095512558561e-1, -3.2504210724700149937e-1, -2.84817495755985104766e-2, -5.77027029648944159157e-3,
    -2.37630166566501626084e-5,
  ],
  under: [
    1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3, 1.32494738004321644526e-4,
    -3.9602282787753681232e-6,
  ],
};
const near1 = {
  over: [
    -2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1, 3.18346619901161753674e-1,
    -1.10894694282396677476e-1, 3.54783043256182359371e-2, -2.166375594868790843e-3,
  ],
  under: [
    1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2, 1.26171219808761642112e-1,
    1.36370839120290507362e-2, 1.1984499846799107417e-2,
  ],
};
const large = {
  over: [
    -9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1, -6.23753324503260060396e1, -1.62396669462573470355e2,
    -1.84605092906711035994e2, -8.12874355063065934246e1, -9.81432934416914548592,
  ],
  under: [
    1, 1.96512716674392571292e1, 1.376577541435190426e2, 4.34565877475229228821e2, 6.45387271733267880336e2, 4.29008140027567833386e2,
    1.08635005541779435134e2, 6.57024977031928170135, -6.04244152148580987438e-2,
  ],
};
const larger = {
  over: [
    -9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1, -1.60636384855821916062e2, -6.37566443368389627722e2,
    -1.02509513161107724954e3, -4.83519191608651397019e2,
  ],
  under: [
    1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3, 3.19985821950859553908e3, 2.55305040643316442583e3,
    4.74528541206955367215e2, -2.24409524465858183362e1,
  ],
};
const erfOfOne = 8.45062911510467529297e-1; // as a float32 has it

export function lowerErf(graph: Lowering, x: string): string {
  const number = (value: number): string => graph.scalar(value, "float64");
  const node = (opType: string, ...inputs: string[]): string => graph.node(opType, inputs);
  const polynomial = (at: string, coefficients: readonly number[]): string =>
    coefficients.slice(0, -1).reduceRight((sum, next) => node("Add", node("Mul", sum, at), number(next)), number(coefficients.at(-1)!));
  const ratio = (at: string, { over, under }: typeof small): string => node("Div", polynomial(at, over), polynomial(at, under));

  const size = node("Abs", x);
  const square = node("Mul", size, size);
  const bySquare = node("Min", node("Reciprocal", square), number(1)); // near 0 others are used
  const isBelow = (end: number): string => node("Less", size, number(end));
  // 1 − exp(−x² − 0.5625 + ratio)/|x|
  const tail = node("Where", isBelow(1 / 0.35), ratio(bySquare, large), ratio(bySquare, larger));
  const exponent = node("Sub", tail, node("Add", square, number(0.5625)));
  const far = node("Sub", number(1), node("Div", node("Exp", exponent), node("Max", size, number(1))));
  const middle = node("Add", ratio(node("Sub", node("Min", size, number(2)), number(1)), near1), number(erfOfOne));
  const near = node("Add", size, node("Mul", size, ratio(node("Min", square, number(1)), small)));
  const found = node("Where", isBelow(0.84375), near, node("Where", isBelow(1.25), middle, node("Where", isBelow(6), far, number(1))));
  return node("Where", node("IsNaN", x), x, node("Mul", found, node("Sign", x)));
}
