/**
 * Floating-point numbers of 16 and 8 bits, as bits: float16 (IEEE 754 binary16), bfloat16 (the upper half of a float32) and the two 8-bit
 * formats of Micikevicius et al. 2022 (arXiv:2209.05433). JavaScript on Node 20 has no arrays of them.
 */

/** Every float16 as a float32, by its bits: 256 kB, made at first use. */
let float16Table: Float32Array | undefined;

export function fromFloat16(bits: Uint16Array): Float32Array {
  float16Table ??= Float32Array.from({ length: 65_536 }, (_, half) => decodeSmall(half, 5, 10, true));
  const table = float16Table;
  const result = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) result[index] = table[bits[index]!]!;
  return result;
}

export function fromBfloat16(bits: Uint16Array): Float32Array {
  const result = new Uint32Array(bits.length);
  for (let index = 0; index < bits.length; index++) result[index] = bits[index]! << 16;
  return new Float32Array(result.buffer);
}

/** E5M2 has infinities as IEEE's formats do; E4M3 (finite numbers only) has one NaN and spends the rest of the top exponent on numbers. */
export function fromFloat8(bits: Uint8Array, format: "F8_E4M3" | "F8_E5M2"): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, byte) => {
    if (format === "F8_E5M2") return decodeSmall(byte, 5, 2, true);
    return (byte & 0x7f) === 0x7f ? NaN : decodeSmall(byte, 4, 3, false);
  });
  return Float32Array.from(bits, (byte) => table[byte]!);
}

function decodeSmall(bits: number, exponentBits: number, mantissaBits: number, hasInfinity: boolean): number {
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = bits >> (exponentBits + mantissaBits) ? -1 : 1;
  const exponent = (bits >> mantissaBits) & (2 ** exponentBits - 1);
  const mantissa = (bits & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  if (hasInfinity && exponent === 2 ** exponentBits - 1) return mantissa === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * mantissa * 2 ** (1 - bias) : sign * (1 + mantissa) * 2 ** (exponent - bias);
}

/** Rounds to the nearest, ties to even. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint16Array(values.length);
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    // A NaN whose mantissa lies in the lower half only would round to infinity: the quiet bit keeps it one.
    result[index] = Number.isNaN(values[index]) ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return result;
}

/** Rounds to the nearest, ties to even; what is too large becomes infinite. */
export function toFloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint16Array(values.length);
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const sign = (word >>> 16) & 0x8000;
    const size = word & 0x7fffffff;
    if (size > 0x7f800000) result[index] = 0x7e00; // not a number
    else if (size >= 0x477ff000) result[index] = sign | 0x7c00; // 65,520 and more
    else if (size < 0x38800000) result[index] = sign | roundToEven(Math.abs(values[index]!) * 2 ** 24); // below 2^-14 steps are equal
    else result[index] = sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13); // a mantissa that rounds up carries into the exponent
  }
  return result;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
