/** Lines through points: straight, in steps, or as Plotly's splines. */
import { pixels } from "./markup.ts";
import type { Dot } from "./markers.ts";

const at = ({ x, y }: Dot): string => `${pixels(x)} ${pixels(y)}`;

/** What stands between two points of a line in steps. */
const corners: Record<string, (from: Dot, to: Dot) => Dot[]> = {
  hv: (from, to) => [{ x: to.x, y: from.y }],
  vh: (from, to) => [{ x: from.x, y: to.y }],
  hvh: (from, to) => [from.y, to.y].map((y) => ({ x: (from.x + to.x) / 2, y })),
  vhv: (from, to) => [from.x, to.x].map((x) => ({ x, y: (from.y + to.y) / 2 })),
};

export function linePath(dots: readonly Dot[], shape: string, smoothing: number): string {
  if (shape === "spline" && dots.length > 2) return spline(dots, smoothing);
  const between = Object.hasOwn(corners, shape) ? corners[shape] : undefined;
  const all = between ? dots.flatMap((dot, index) => [...(index > 0 ? between(dots[index - 1]!, dot) : []), dot]) : visible(dots);
  return `M${all.map(at).join("L")}`;
}

/**
 * Points that can be told apart. Where several of a line that runs from left to right share a column of pixels, its first, lowest, highest and
 * last are the line.
 */
function visible(dots: readonly Dot[]): readonly Dot[] {
  if (!dots.every(({ x }, index) => index === 0 || x >= dots[index - 1]!.x)) return dots;
  const columns = new Map<number, number[]>();
  for (const [index, { x }] of dots.entries()) {
    const column = columns.get(Math.floor(x));
    if (column) column.push(index);
    else columns.set(Math.floor(x), [index]);
  }
  return [...columns.values()].flatMap((column) => {
    if (column.length < 5) return column.map((index) => dots[index]!);
    const byHeight = column.toSorted((one, other) => dots[one]!.y - dots[other]!.y);
    const chosen = new Set([column[0]!, byHeight[0]!, byHeight.at(-1)!, column.at(-1)!]);
    return [...chosen].toSorted((one, other) => one - other).map((index) => dots[index]!);
  });
}

/** Catmull–Rom's curve with the tangents of plotly.js: centripetal, shortened by the smoothing. */
function spline(dots: readonly Dot[], smoothing: number): string {
  const tangents = dots.slice(1, -1).map((dot, index) => tangent(dots[index]!, dot, dots[index + 2]!, smoothing));
  const middle = tangents.slice(1).map(([before], index) => `C${at(tangents[index]![1])} ${at(before)} ${at(dots[index + 2]!)}`);
  return `M${at(dots[0]!)}Q${at(tangents[0]![0])} ${at(dots[1]!)}${middle.join("")}Q${at(tangents.at(-1)![1])} ${at(dots.at(-1)!)}`;
}

function tangent(before: Dot, dot: Dot, after: Dot, smoothing: number): [Dot, Dot] {
  const [one, other] = [before, after].map(({ x, y }) => ({ x: x - dot.x, y: y - dot.y })) as [Dot, Dot];
  const [near, far] = [Math.hypot(one.x, one.y) ** 0.5, Math.hypot(other.x, other.y) ** 0.5];
  const along = (axis: "x" | "y"): number => (far * far * one[axis] - near * near * other[axis]) * smoothing;
  const control = (weight: number, sign: number): Dot => {
    const divisor = 3 * weight * (near + far);
    const offset = (axis: "x" | "y"): number => dot[axis] + (divisor > 0 ? (sign * along(axis)) / divisor : 0);
    return { x: offset("x"), y: offset("y") };
  };
  return [control(far, 1), control(near, -1)];
}
