/** What is said in a film of two languages. */
import { SileroVad, type AudioClip, type TranscriptSegment, type Whisper } from "../../../kernel-helpers/multimodal/index.ts";
import { pinyinOf } from "./espeak.ts";

export type HeardSegment = Pick<TranscriptSegment, "start" | "end" | "text">;

/**
 * Each stretch of speech written down twice, as English and as Chinese, for Whisper takes espeak's Mandarin for English: both go into the index, and a question
 * finds the one that makes sense.
 */
export async function transcripts(whisper: Whisper, clip: AudioClip): Promise<HeardSegment[]> {
  using vad = await SileroVad.load();
  const spans = await vad.segments(clip, { minSilence: 1.5, minSpeech: 0.5, pad: 0.2, maxSpeech: 28 });
  const found: HeardSegment[] = [];
  for (const { start, end } of spans) {
    const samples = clip.samples.slice(Math.round(start * clip.sampleRate), Math.round(end * clip.sampleRate));
    for (const language of ["en", "zh"]) {
      const { text } = await whisper.transcribe(
        { samples, sampleRate: clip.sampleRate },
        { language, vad: false, timestamps: false, temperatures: [0] },
      );
      if (text.trim() !== "") found.push({ start, end, text });
    }
  }
  return found;
}

/** A text as the sounds of its Chinese characters, without tones: 试 and 是 are one; what is not Chinese stays. */
export async function soundsOf(text: string): Promise<string> {
  return (await pinyinOf(text)).replace(/([a-z]+)[1-5]/g, "$1");
}
