/** What a language model sees with. */

/** Turns images into vectors that stand among those of a text's tokens (LLaVA; Liu et al. 2023, arXiv:2304.08485). */
export interface Eyes {
  /** Numbers of a vector: the width of the language model. */
  readonly width: number;
  /**
   * @param url A data: URL with an image.
   * @returns Its vectors, one after the other: (tokens × width).
   * @throws {ArgumentError} It is another URL, or no image.
   */
  look(url: string): Promise<Float32Array>;
  close(): void;
}
