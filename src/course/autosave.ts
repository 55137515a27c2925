/** Saves now and then while a notebook runs, so that even a run that is killed leaves what it had. */

const everyMs = 5000;

export class Autosave {
  readonly #save: () => Promise<void>;
  #last: number = performance.now();
  #saving: Promise<void> | undefined;

  constructor(save: () => Promise<void>) {
    this.#save = save;
  }

  /** The notebook may be saved now. It is when the last time is some seconds ago and that has ended. */
  offer(): void {
    if (this.#saving || performance.now() - this.#last < everyMs) return;
    // A disk that is full is reported by the save at the end.
    this.#saving = this.#save()
      .catch(() => undefined)
      .finally(() => {
        this.#saving = undefined;
        this.#last = performance.now();
      });
  }

  /** Resolves when no save is under way. */
  async settled(): Promise<void> {
    await this.#saving;
  }
}
