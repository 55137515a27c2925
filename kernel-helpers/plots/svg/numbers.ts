/** Numbers on axes, written as Plotly writes them: 0.25, 5000, 20k, 1.5M, 100μ, 10⁻⁵. */

const prefixes: Record<number, string> = {
  [-15]: "f",
  [-12]: "p",
  [-9]: "n",
  [-6]: "μ",
  [-3]: "m",
  0: "",
  3: "k",
  6: "M",
  9: "B",
  12: "T",
};

const minus = (text: string): string => text.replace(/^-/, "\u2212");

const trimmed = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

/** Up to 9999 and down to a thousandth, nothing is shortened. */
const plainExponents = 3;

/** The power of ten that all numbers of an axis are written in, for the largest of them. */
export function sharedExponent(largest: number): number {
  const exponent = largest > 0 ? Math.floor(Math.log10(largest) + 0.01) : 0;
  return Math.abs(exponent) > plainExponents ? 3 * Math.round((exponent - 1) / 3) : 0;
}

/** A number in a power of ten, to as many decimals as the steps between the numbers need. */
export function formatNumber(value: number, exponent: number, step: number): string {
  if (value === 0 || Math.abs(value) < step * 1e-6) return "0";
  const decimals = Math.max(0, Math.min(15, Math.ceil(exponent - Math.log10(step) + 1)));
  const digits = trimmed((value / 10 ** exponent).toFixed(decimals));
  return minus(exponent in prefixes ? digits + prefixes[exponent] : `${digits}×10<sup>${minus(String(exponent))}</sup>`);
}

/** A number by itself, to six digits. */
export function formatAlone(value: number): string {
  const size = Math.abs(value);
  return formatNumber(value, sharedExponent(size), size > 0 ? size * 1e-6 : 1);
}

export const formatPower = (exponent: number): string =>
  exponent === 0 ? "1" : exponent === 1 ? "10" : `10<sup>${minus(String(exponent))}</sup>`;
