export { durationOf, speechRate, type AudioClip } from "./audio/audio-clip.ts";
export { logMelSpectrogram, melFilters, type Spectrogram } from "./audio/log-mel.ts";
export { readAudio, type ReadAudioOptions } from "./audio/read-audio.ts";
export { resample } from "./audio/resample.ts";
export { decodeWav, encodeWav } from "./audio/wav.ts";
export { frameSeconds, speechSegments, type SegmentOptions } from "./segments.ts";
export { SileroVad, type VadOptions } from "./silero-vad.ts";
export type { TimeSpan } from "./time-span.ts";
