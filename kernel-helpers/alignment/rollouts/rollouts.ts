import { createRandom } from "../../runtime/random.ts";
import { tensor, type Tensor } from "../../tensor/index.ts";
import { tensorBatches, type Batches, type LiveBatches } from "../../train/index.ts";

export type RolloutRows = Readonly<Record<string, Tensor>>;

export interface RolloutsOptions {
  /** Makes the rows of a rollout, as many each time; counted from 0. What it draws depends on that number alone. */
  collect: (round: number, signal?: AbortSignal) => Promise<RolloutRows>;
  /** Rows of a rollout. */
  rows: number;
  /** Rows of a batch: a divisor of these. */
  batchSize: number;
  /** How often a rollout is learnt from. */
  epochs: number;
  seed: number;
  /** What else changes from rollout to rollout. */
  extra?: { state(): Readonly<Record<string, Tensor>>; load(state: Readonly<Record<string, Tensor>>): void };
}

const roundName = "round";
const extraPrefix = "extra.";

/**
 * What a policy wrote, as batches to learn from: a new rollout whenever the one before has been gone through. The state is the rollout under way, so that a run
 * goes on in the middle of one, though the policy that sampled it is gone.
 */
export class Rollouts implements LiveBatches<RolloutRows> {
  readonly unit: string = "texts";
  readonly #options: RolloutsOptions;
  #round = -1;
  #rows: RolloutRows = {};
  #batches: Batches<RolloutRows> | undefined;

  constructor(options: RolloutsOptions) {
    this.#options = options;
  }

  /** Batches that each rollout makes. */
  get perRollout(): number {
    const { rows, batchSize, epochs } = this.#options;
    return epochs * (rows / batchSize);
  }

  async at(index: number, signal?: AbortSignal): Promise<RolloutRows> {
    const round = Math.floor(index / this.perRollout);
    if (round !== this.#round) this.#take(round, await this.#options.collect(round, signal));
    return this.#batches!.at(index - round * this.perRollout);
  }

  count(batch: RolloutRows): number {
    return Object.values(batch)[0]!.shape[0]!;
  }

  state(): Readonly<Record<string, Tensor>> {
    const extra = Object.entries(this.#options.extra?.state() ?? {}).map(([name, found]) => [`${extraPrefix}${name}`, found] as const);
    return { ...this.#rows, ...Object.fromEntries(extra), [roundName]: tensor(this.#round, { dtype: "int64" }) };
  }

  load(state: Readonly<Record<string, Tensor>>): void {
    const { [roundName]: round, ...others } = state;
    const entries = Object.entries(others);
    const extra = entries
      .filter(([name]) => name.startsWith(extraPrefix))
      .map(([name, found]) => [name.slice(extraPrefix.length), found] as const);
    this.#options.extra?.load(Object.fromEntries(extra));
    if (round && round.item() >= 0) this.#take(round.item(), Object.fromEntries(entries.filter(([name]) => !name.startsWith(extraPrefix))));
  }

  #take(round: number, rows: RolloutRows): void {
    const { batchSize, seed } = this.#options;
    this.#round = round;
    this.#rows = rows;
    this.#batches = tensorBatches(rows, { batchSize, seed: seedFor(seed, round) });
  }
}

/** One seed of a seed and the number of a rollout. */
export const seedFor = (seed: number, round: number): number => createRandom(seed * 2 ** 20 + round).integer(2 ** 31);

/** So many of the prompts, all of them once before one comes again, in an order that the seed draws. */
export function promptsOf<T>(prompts: readonly T[], round: number, count: number, seed: number): T[] {
  return Array.from({ length: count }, (_, index) => {
    const place = round * count + index;
    const order = orderOf(prompts.length, seed, Math.floor(place / prompts.length));
    return prompts[order[place % prompts.length]!]!;
  });
}

const orders = new Map<string, readonly number[]>();

function orderOf(length: number, seed: number, epoch: number): readonly number[] {
  const key = `${length} ${seed} ${epoch}`;
  const known = orders.get(key);
  if (known) return known;
  if (orders.size > 8) orders.clear();
  const order = createRandom(seedFor(seed + 1, epoch)).shuffle(Array.from({ length }, (_, index) => index));
  orders.set(key, order);
  return order;
}
