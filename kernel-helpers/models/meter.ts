/** What a download says while it goes on: a progress display, or calls of the reader's own function. */
import { createProgress, type Progress } from "../runtime/progress.ts";
import type { DownloadOptions } from "./download.ts";

export interface MeterOptions {
  label: string;
  totalBytes: number;
  onProgress?: ((state: { doneBytes: number; totalBytes: number }) => void) | undefined;
}

export class Meter {
  readonly #options: MeterOptions;
  /** Opened with the first bytes: what was kept until then is not part of the speed. */
  #progress: Progress | undefined;
  #doneBytes = 0;

  constructor(options: MeterOptions) {
    this.#options = options;
  }

  get reports(): Required<Pick<DownloadOptions, "onBytes" | "onKept">> {
    return { onBytes: (count) => this.#add(count), onKept: (count) => void (this.#doneBytes += count) };
  }

  /** In place of the speed. */
  say(note: string): void {
    if (!this.#options.onProgress) this.#open().update(this.#doneBytes, note);
  }

  close(): void {
    this.#progress?.close();
  }

  #add(count: number): void {
    const { onProgress, totalBytes } = this.#options;
    if (onProgress) {
      this.#doneBytes += count;
      onProgress({ doneBytes: this.#doneBytes, totalBytes });
    } else {
      const progress = this.#open();
      this.#doneBytes += count;
      progress.update(this.#doneBytes);
    }
  }

  #open(): Progress {
    const { label, totalBytes } = this.#options;
    return (this.#progress ??= createProgress({ label, total: totalBytes, unit: "bytes", from: this.#doneBytes }));
  }
}
