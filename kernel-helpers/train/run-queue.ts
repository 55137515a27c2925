import { checkBatch, tensorsByName, type Batch } from "./batches.ts";

/** Draws batches that can be computed in one run: those of the same shapes that follow one another. */
export class RunQueue<B extends Batch> {
  readonly #source: AsyncGenerator<B>;
  /** Drawn already, of other shapes than those before it. */
  #waiting: B | undefined;

  constructor(source: AsyncGenerator<B>) {
    this.#source = source;
  }

  /** The next batches, at most so many; none when there are no more. */
  async next(most: number): Promise<B[]> {
    const first = await this.#draw();
    if (first === undefined) return [];
    const run = [first];
    while (run.length < most) {
      const batch = await this.#draw();
      if (batch === undefined) break;
      if (shapeOf(batch) !== shapeOf(first)) {
        this.#waiting = batch;
        break;
      }
      run.push(batch);
    }
    return run;
  }

  async close(): Promise<void> {
    await this.#source.return(undefined);
  }

  async #draw(): Promise<B | undefined> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) return waiting;
    const { value, done } = await this.#source.next();
    return done ? undefined : checkBatch(value as B);
  }
}

const shapeOf = (batch: Batch): string =>
  JSON.stringify(Object.entries(tensorsByName(batch)).map(([name, { dtype, shape }]) => [name, dtype, shape]));
