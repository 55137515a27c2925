/** pass^k: how likely it is that k tries at a task all succeed (Yao et al. 2024, τ-bench, arXiv:2406.12045, section 4). */
import { ArgumentError } from "../../errors.ts";
import { checkArray, checkBoolean } from "../../runtime/check.ts";

/**
 * The unbiased estimate: over the tasks, the mean of C(c, k) / C(n, k), where c of n tries succeeded.
 *
 * @param tries For each task, whether each of its n tries succeeded; n is the same for all.
 * @returns pass^1, pass^2, …, pass^n
 */
export function passHat(tries: readonly (readonly boolean[])[]): number[] {
  checkArray("tries", tries, (name, task) => checkArray(name, task, checkBoolean, { allowEmpty: false }), { allowEmpty: false });
  const n = tries[0]!.length;
  if (tries.some(({ length }) => length !== n)) {
    throw new ArgumentError("tries must have the same number for each task", {
      hint: "try each task as often",
      facts: { argument: "tries" },
    });
  }
  return Array.from({ length: n }, (_, index) => {
    const k = index + 1;
    const shares = tries.map((task) => {
      const c = task.filter(Boolean).length;
      let share = 1;
      for (let i = 0; i < k; i++) share *= Math.max(0, c - i) / (n - i);
      return share;
    });
    return shares.reduce((sum, share) => sum + share, 0) / tries.length;
  });
}
