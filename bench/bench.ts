/** What one file of this folder declares: Cairn and a named peer, measured in turns in one run. */
export interface Bench {
  /** The name on the command line; `name/peer` where one name has several peers. */
  name: string;
  /** The peer with its version, as a reader would look it up. */
  peer: string;
  /** Unit of `ours` and `theirs`: "s" or "MB" (less is better), or something per second, such as "MB/s" (more is better). */
  unit: string;
  /** Measures in alternating pairs, one [ours, theirs] a pair, after a warm-up of both. */
  run: () => Promise<[ours: number, theirs: number][]>;
}
