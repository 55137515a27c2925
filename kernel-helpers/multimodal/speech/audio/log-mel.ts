/**
 * Sound as Whisper sees it (Radford et al. 2022, arXiv:2212.04356, §2.2): the logarithm of its power in 80 bands that are spaced as the ear hears, every 10 ms. One ONNX
 * graph makes it: the Fourier transform of each window is a convolution with cosines and sines, the bands are a product.
 */
import { GraphBuilder, openSession, value, type Session } from "../../../onnx/index.ts";
import { checkInstance, checkInteger } from "../../../runtime/check.ts";
import { speechRate } from "./audio-clip.ts";

/** Samples of a window, and from one window to the next. */
const windowSize = 400;
export const hopSize = 160;
const bins = windowSize / 2 + 1;

/** (bands, frames), row by row. */
export interface Spectrogram {
  bands: number;
  frames: number;
  data: Float32Array;
}

let session: { bands: number; open: Session } | undefined;

/**
 * The log-mel spectrogram of sound at 16 kHz: one frame for each 160 samples, as OpenAI's and transformers' WhisperFeatureExtractor compute it. Its values are between the
 * loudest one and 2 less, where 1 is ten to the fourth in power.
 *
 * @param bands 80, or 128 for Whisper large-v3.
 */
export function logMelSpectrogram(samples: Float32Array, bands: number = 80): Spectrogram {
  checkInstance("samples", samples, Float32Array, { hint: "pass the samples of a clip at 16 kHz: (await readAudio(file)).samples" });
  checkInteger("bands", bands, { min: 1, max: bins });
  const frames = Math.floor(samples.length / hopSize);
  if (frames === 0) return { bands, frames, data: new Float32Array(0) };
  if (session?.bands !== bands) {
    session?.open.close();
    session = { bands, open: openSession(buildGraph(bands)) };
  }
  const data = new Float32Array(bands * frames);
  session.open.runSync({ samples: value(mirrored(samples), [1, 1, samples.length + windowSize]) }, { mel: value(data, [bands, frames]) });
  return { bands, frames, data };
}

/** Half a window more at either end, by reflection. */
function mirrored(samples: Float32Array): Float32Array {
  const half = windowSize / 2;
  const result = new Float32Array(samples.length + windowSize);
  result.set(samples, half);
  const last = samples.length - 1;
  const at = (index: number): number => samples[reflect(index, last)]!;
  for (let index = 1; index <= half; index++) {
    result[half - index] = at(index);
    result[half + last + index] = at(last - index);
  }
  return result;
}

/** An index into a clip that goes to and fro; of fewer samples than half a window it turns more than once. */
function reflect(index: number, last: number): number {
  if (last === 0) return 0;
  const place = Math.abs(index) % (2 * last);
  return place > last ? 2 * last - place : place;
}

function buildGraph(bands: number): Uint8Array {
  const graph = new GraphBuilder("log-mel");
  const scalar = (name: string, number: number): string => graph.constant(name, Float32Array.of(number), []);
  const samples = graph.input("samples", "float32", [1, 1, "samples"]);
  const waves = graph.node("Conv", [samples, graph.constant("waves", fourierKernels(), [2 * bins, 1, windowSize])], {
    attributes: { strides: [hopSize] },
  });
  const [cosines, sines] = graph.nodes("Split", [graph.node("Mul", [waves, waves])], {
    outputs: 2,
    attributes: { axis: 1, num_outputs: 2 },
  }) as [string, string];
  const power = graph.node("Squeeze", [graph.node("Add", [cosines, sines]), graph.constant("first axis", BigInt64Array.of(0n))]);
  const all = graph.node("MatMul", [graph.constant("filters", melFilters(bands), [bands, bins]), power]);
  const [zero, one, less] = [0n, 1n, -1n].map((at) => graph.constant(`at ${at}`, BigInt64Array.of(at))) as [string, string, string];
  const mel = graph.node("Slice", [all, zero, less, one]); // Whisper leaves out the last frame
  const logs = graph.node("Div", [
    graph.node("Log", [graph.node("Max", [mel, scalar("least power", 1e-10)])]),
    scalar("log 10", Math.LN10),
  ]);
  const floor = graph.node("Sub", [graph.node("ReduceMax", [logs], { attributes: { keepdims: 0 } }), scalar("range", 8)]);
  const scaled = graph.node("Div", [graph.node("Add", [graph.node("Max", [logs, floor]), scalar("shift", 4)]), scalar("scale", 4)]);
  graph.output("mel", scaled, "float32", [bands, "frames"]);
  return graph.encode();
}

/** Cosines, then sines, of each frequency under a Hann window. */
function fourierKernels(): Float32Array {
  const kernels = new Float32Array(2 * bins * windowSize);
  for (let bin = 0; bin < bins; bin++) {
    for (let at = 0; at < windowSize; at++) {
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / windowSize);
      const angle = (2 * Math.PI * ((bin * at) % windowSize)) / windowSize;
      kernels[bin * windowSize + at] = hann * Math.cos(angle);
      kernels[(bins + bin) * windowSize + at] = hann * Math.sin(angle);
    }
  }
  return kernels;
}

/** Triangles of equal area over the frequencies, as M. Slaney's Auditory Toolbox (1998) and librosa have them. (bands, bins) */
export function melFilters(bands: number): Float32Array {
  const top = melOf(speechRate / 2);
  const edges = Array.from({ length: bands + 2 }, (_, index) => hertzOf((top * index) / (bands + 1)));
  const filters = new Float32Array(bands * bins);
  for (let band = 0; band < bands; band++) {
    const [low, middle, high] = edges.slice(band, band + 3) as [number, number, number];
    for (let bin = 0; bin < bins; bin++) {
      const hertz = (bin * speechRate) / windowSize;
      const height = Math.max(0, Math.min((hertz - low) / (middle - low), (high - hertz) / (high - middle)));
      filters[band * bins + bin] = (height * 2) / (high - low);
    }
  }
  return filters;
}

/** Slaney's scale: even up to 1000 Hz, then logarithmic. */
const logStep = Math.log(6.4) / 27;
const melOf = (hertz: number): number => (hertz < 1000 ? (3 * hertz) / 200 : 15 + Math.log(hertz / 1000) / logStep);
const hertzOf = (mel: number): number => (mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp(logStep * (mel - 15)));
