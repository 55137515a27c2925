/** Sizes of a Whisper (Radford et al. 2022, arXiv:2212.04356, Table 1). */
export interface WhisperConfig {
  /** Numbers that stand for a moment of sound or for a token. */
  width: number;
  encoderLayers: number;
  encoderHeads: number;
  decoderLayers: number;
  decoderHeads: number;
  vocabSize: number;
  /** Bands of the spectrogram. */
  bands: number;
  /** Moments that the encoder makes of a window, each of 20 ms: 1500 for 30 s. */
  audioPositions: number;
  /** Tokens that the decoder can read and write at most: 448. */
  textPositions: number;
}
