/**
 * Another sample rate, by band-limited interpolation (J. O. Smith, "Digital Audio Resampling", ccrma.stanford.edu/~jos/resample): each new sample is a sum of the old
 * ones around its time, weighted by a sinc under a Hann window; what the new rate cannot hold is filtered out.
 */
import { checkInstance, checkInteger } from "../../../runtime/check.ts";

/** Zero crossings of the sinc on either side, and the share of the lower rate's band that passes. */
const [crossings, passed] = [16, 0.95];

/**
 * @param samples At `from` samples per second.
 * @returns Samples at `to` per second, ⌈length · to / from⌉ of them; the same array where the rates are equal.
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  checkInstance("samples", samples, Float32Array);
  checkInteger("from", from, { min: 1 });
  checkInteger("to", to, { min: 1 });
  if (from === to) return samples;
  const divisor = greatestCommonDivisor(from, to);
  const [step, phases] = [from / divisor, to / divisor]; // the new sample n lies at n · step / phases of the old ones
  const cutoff = passed * Math.min(1, to / from);
  const reach = Math.ceil(crossings / cutoff);
  const kernels = new Map<number, Float64Array>();
  const result = new Float32Array(Math.ceil((samples.length * to) / from));
  for (let index = 0; index < result.length; index++) {
    const whole = Math.floor((index * step) / phases);
    const phase = (index * step) % phases;
    let kernel = kernels.get(phase);
    if (!kernel) kernels.set(phase, (kernel = sincKernel(phase / phases, cutoff, reach)));
    let sum = 0;
    const first = whole - reach + 1;
    const end = Math.min(kernel.length, samples.length - first);
    for (let tap = Math.max(0, -first); tap < end; tap++) sum += kernel[tap]! * samples[first + tap]!;
    result[index] = sum;
  }
  return result;
}

/** Weights of the samples from −reach + 1 to reach for a time `offset` after sample 0; their sum is 1. */
function sincKernel(offset: number, cutoff: number, reach: number): Float64Array {
  const kernel = Float64Array.from({ length: 2 * reach }, (_, tap) => {
    const distance = tap - reach + 1 - offset;
    if (Math.abs(distance) >= reach) return 0;
    const angle = Math.PI * distance * cutoff;
    return (angle === 0 ? 1 : Math.sin(angle) / angle) * Math.cos((Math.PI * distance) / (2 * reach)) ** 2;
  });
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b];
  return a;
}
