/**
 * Who speaks is not asked, only whether somebody does: Silero VAD v5 (github.com/snakers4/silero-vad), a recurrent network that reads 32 ms at a time and takes the
 * last 4 ms of what it read before with them.
 */
import { openSession, value, type Session } from "../../onnx/index.ts";
import { fetchModel } from "../../models/index.ts";
import { ClosedError } from "../../errors.ts";
import { argumentError, checkOptions, checkSignal } from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { createProgress } from "../../runtime/progress.ts";
import { setImmediate } from "node:timers/promises";
import { checkClip, speechRate, type AudioClip } from "./audio/audio-clip.ts";
import { checkSegmentOptions, speechSegments, type SegmentOptions } from "./segments.ts";
import type { TimeSpan } from "./time-span.ts";

const [frameSize, contextSize] = [512, 64];
/** Frames between two looks at whether to stop. */
const framesAtOnce = 64;

export interface VadOptions extends SegmentOptions {
  signal?: AbortSignal;
}

export class SileroVad implements Disposable {
  #session: Session | undefined;

  private constructor(session: Session) {
    this.#session = session;
  }

  /** Loads the model, 2.3 MB, which is fetched at first use. */
  static async load(options: { signal?: AbortSignal } = {}): Promise<SileroVad> {
    checkOptions("options", options, ["signal"]);
    checkSignal("signal", options.signal);
    const { files } = await fetchModel("silero-vad-v5", options);
    return new SileroVad(openSession(files["silero_vad_v5.onnx"]!, { threads: 1 })); // so small that a second thread only waits
  }

  /**
   * The probability that somebody speaks, of each 32 ms; the last ones are filled up with silence.
   *
   * @param clip At 16 kHz, as readAudio gives it.
   */
  async probabilities(clip: AudioClip, options: { signal?: AbortSignal } = {}): Promise<Float32Array> {
    const { samples, sampleRate } = checkClip("clip", clip);
    checkOptions("options", options, ["signal"]);
    checkSignal("signal", options.signal);
    if (sampleRate !== speechRate)
      throw argumentError("clip.sampleRate", `${speechRate}`, sampleRate, { hint: "resample(samples, from, 16000) makes it so" });
    const session = this.#session;
    if (!session) throw new ClosedError("this SileroVad is closed", { hint: "load it again, or close it later" });
    const found = new Float32Array(Math.ceil(samples.length / frameSize));
    using interrupt = await interruptible(options.signal);
    const progress = createProgress({ label: "finding speech", total: found.length, unit: "frames" });
    try {
      const input = new Float32Array(contextSize + frameSize);
      const output = new Float32Array(1);
      let state = new Float32Array(2 * 128);
      let next = new Float32Array(state.length);
      const sr = value(BigInt64Array.of(BigInt(speechRate)), []);
      for (let frame = 0; frame < found.length; frame++) {
        if (frame % framesAtOnce === 0) {
          await setImmediate();
          interrupt.signal.throwIfAborted();
          progress.update(frame);
        }
        input.copyWithin(0, frameSize);
        const read = samples.subarray(frame * frameSize, (frame + 1) * frameSize);
        input.set(read, contextSize);
        input.fill(0, contextSize + read.length);
        session.runSync(
          { input: value(input, [1, input.length]), state: value(state, [2, 1, 128]), sr },
          { output: value(output, [1, 1]), stateN: value(next, [2, 1, 128]) },
        );
        found[frame] = output[0]!;
        [state, next] = [next, state];
      }
      progress.update(found.length);
      return found;
    } finally {
      progress.close();
    }
  }

  /** Stretches of speech, in seconds, in order. */
  async segments(clip: AudioClip, options: VadOptions = {}): Promise<TimeSpan[]> {
    checkSegmentOptions(options, ["signal"]);
    const { signal, ...segmentOptions } = options;
    const found = speechSegments(await this.probabilities(clip, signal && { signal }), segmentOptions);
    const end = clip.samples.length / clip.sampleRate;
    return found.map((span) => ({ start: span.start, end: Math.min(span.end, end) }));
  }

  close(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
