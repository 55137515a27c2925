/**
 * How many steps a device takes in one run. State goes there and comes back once a run, which takes the same time however many steps there are; while a run
 * lasts, nobody hears of it and nothing stops it. So a run has as many steps as half a second has room for, and more where copying would be a large part.
 */
export class Pace {
  /** Of the next run. */
  steps = 1;
  /** Steps → seconds that a run of so many took last. */
  readonly #seen = new Map<number, number>();
  #isWarm = false;

  see(count: number, seconds: number): void {
    if (this.#isWarm) this.#seen.set(count, seconds); // the first run makes things ready, and is none to go by
    this.#isWarm = true;
    if (count < this.steps || this.#seen.size === 0) return; // it was cut short, by an evaluation perhaps
    if (this.#seen.size === 1) this.steps = seconds < mostSeconds / 2 ? count + 1 : count; // two counts tell copies and steps apart
    else this.steps = Math.max(1, Math.min(this.steps * growth, this.#fitting()));
  }

  #fitting(): number {
    const counts = [...this.#seen.keys()].toSorted((a, b) => a - b);
    const [few, many] = [counts[0]!, counts.at(-1)!];
    const [short, long] = [this.#seen.get(few)!, this.#seen.get(many)!];
    const perStep = Math.max((long - short) / (many - few), long / many / 10);
    const fixed = Math.max(0, long - perStep * many);
    const lasting = Math.min(mostSeconds, Math.max(leastSeconds, fixed * copiesAtMost));
    return Math.round((lasting - fixed) / perStep);
  }
}

const leastSeconds = 0.5;
const mostSeconds = 3;
/** A run lasts so many times as long as its copies, unless that is too long. */
const copiesAtMost = 20;
const growth = 4;
