/** Regions of a mask that hang together. */
import type { Point } from "./rectangle.ts";

/** Pixels of the mask that touch, also by corners: of each region the ends of its rows, which its hull is made of. */
export function regionsOf(mask: Uint8Array, width: number, height: number): Point[][] {
  const seen = new Uint8Array(mask.length);
  const regions: Point[][] = [];
  const stack: number[] = [];
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || seen[start]) continue;
    const rows = new Map<number, [first: number, last: number]>();
    seen[start] = 1;
    stack.push(start);
    while (stack.length > 0) {
      const at = stack.pop()!;
      const [x, y] = [at % width, Math.floor(at / width)];
      const row = rows.get(y);
      if (!row) rows.set(y, [x, x]);
      else if (x < row[0]) row[0] = x;
      else if (x > row[1]) row[1] = x;
      for (let nextY = Math.max(0, y - 1); nextY <= Math.min(height - 1, y + 1); nextY++) {
        for (let nextX = Math.max(0, x - 1); nextX <= Math.min(width - 1, x + 1); nextX++) {
          const next = nextY * width + nextX;
          if (!mask[next] || seen[next]) continue;
          seen[next] = 1;
          stack.push(next);
        }
      }
    }
    regions.push([...rows].flatMap(([y, [first, last]]) => [{ x: first, y }, { x: last, y }])); // prettier-ignore
  }
  return regions;
}

/** Mean of a map's numbers within a convex polygon. */
export function meanWithin(map: Float32Array, width: number, height: number, polygon: readonly Point[]): number {
  const top = Math.max(0, Math.floor(Math.min(...polygon.map(({ y }) => y))));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(...polygon.map(({ y }) => y))));
  let [sum, count] = [0, 0];
  for (let y = top; y <= bottom; y++) {
    let [left, right] = [Infinity, -Infinity];
    for (const [index, a] of polygon.entries()) {
      const b = polygon[(index + 1) % polygon.length]!;
      if (y < Math.min(a.y, b.y) || y > Math.max(a.y, b.y)) continue;
      const crossings = a.y === b.y ? [a.x, b.x] : [a.x + ((y - a.y) * (b.x - a.x)) / (b.y - a.y)];
      for (const x of crossings) [left, right] = [Math.min(left, x), Math.max(right, x)];
    }
    for (let x = Math.max(0, Math.round(left)); x <= Math.min(width - 1, Math.round(right)); x++, count++) sum += map[y * width + x]!;
  }
  return count === 0 ? 0 : sum / count;
}
