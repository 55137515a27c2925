/** Answers that are numbers: whether one is what was expected, but for rounding; undefined never is. */
const within =
  (tolerance: number) =>
  (one: number | undefined, other: number): boolean =>
    one !== undefined && Math.abs(one - other) < tolerance;

export const near: (one: number | undefined, other: number) => boolean = within(1e-9);
/** To six decimals, for what is computed in steps that round. */
export const nearly: (one: number | undefined, other: number) => boolean = within(1e-6);
