/** What a load has shown: throughput, and how latencies are distributed. */
import type { LoadResult } from "./open-loop.ts";

/** Percentiles, in seconds. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

export interface LoadReport {
  seconds: number;
  /** Requests that were answered whole, that were refused with 429, and that failed otherwise. */
  answered: number;
  refused: number;
  failed: number;
  requestsPerSecond: number;
  tokensPerSecond: number;
  /** Answers a second that were within the target; without one, all. */
  goodput: number;
  /** From when a request was due to its first token. */
  firstToken: Percentiles;
  /** Mean time between the tokens of an answer. */
  perToken: Percentiles;
  /** All that an answer took, waiting included, by its tokens ("normalized latency"; Kwon et al. 2023, arXiv:2309.06180). */
  perTokenWithWaiting: Percentiles;
  results: readonly LoadResult[];
}

const perTokenOf = ({ total, firstToken, tokens }: LoadResult): number => (total - (firstToken ?? total)) / Math.max(1, tokens - 1);

export function summarize(results: readonly LoadResult[], seconds: number, target?: { firstToken: number; perToken: number }): LoadReport {
  const whole = results.filter(({ isWhole, status }) => isWhole && status === 200);
  const refused = results.filter(({ status }) => status === 429).length;
  const tokens = whole.reduce((sum, result) => sum + result.tokens, 0);
  const good = whole.filter(
    (result) => !target || ((result.firstToken ?? 0) <= target.firstToken && perTokenOf(result) <= target.perToken),
  );
  return {
    seconds,
    answered: whole.length,
    refused,
    failed: results.length - whole.length - refused,
    requestsPerSecond: whole.length / seconds,
    tokensPerSecond: tokens / seconds,
    goodput: good.length / seconds,
    firstToken: percentiles(whole.map(({ firstToken, total }) => firstToken ?? total)),
    perToken: percentiles(whole.filter((result) => result.tokens > 1).map(perTokenOf)),
    perTokenWithWaiting: percentiles(whole.filter(({ tokens }) => tokens > 0).map(({ total, tokens }) => total / tokens)),
    results,
  };
}

/** By nearest rank: the least value that so many per cent of all do not exceed. NaN of none. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (percent: number): number => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
  return { p50: at(50), p95: at(95), p99: at(99) };
}
