/** Turned rectangles around points: what a line of text on a page is. */

export interface Point {
  x: number;
  y: number;
}

/** A rectangle that may be turned. */
export interface TurnedRectangle {
  center: Point;
  /** Along its direction. */
  width: number;
  height: number;
  /** Of its width from the x axis, in radians, clockwise as y points down; above −π/4, at most π/4. */
  angle: number;
}

/** Corners of a line of text: upper left, upper right, lower right, lower left, as it is read. */
export type Quad = readonly [Point, Point, Point, Point];

/** Andrew's monotone chain: the corners of the convex hull, in order. */
export function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const side = (a: Point, b: Point, c: Point): number => (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
  const chain = (ordered: readonly Point[]): Point[] => {
    const kept: Point[] = [];
    for (const point of ordered) {
      while (kept.length >= 2 && side(kept.at(-2)!, kept.at(-1)!, point) <= 0) kept.pop();
      kept.push(point);
    }
    return kept.slice(0, -1);
  };
  return sorted.length < 3 ? sorted : [...chain(sorted), ...chain(sorted.toReversed())];
}

/** The rectangle of the least area around the points: one of its sides lies on a side of their hull (Freeman & Shapira 1975). */
export function smallestRectangle(points: readonly Point[]): TurnedRectangle {
  const hull = convexHull(points);
  let best: TurnedRectangle | undefined;
  for (const [index, from] of hull.entries()) {
    const to = hull[(index + 1) % hull.length]!;
    const rectangle = around(hull, Math.atan2(to.y - from.y, to.x - from.x));
    if (!best || rectangle.width * rectangle.height < best.width * best.height) best = rectangle;
  }
  return best!;
}

/** The rectangle around the points whose sides have the direction, or stand on it. */
function around(points: readonly Point[], direction: number): TurnedRectangle {
  const quarter = Math.PI / 2;
  const angle = direction - quarter * Math.ceil((direction - Math.PI / 4) / quarter); // within (−π/4, π/4]
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    const [along, across] = [x * cos + y * sin, y * cos - x * sin];
    [left, right] = [Math.min(left, along), Math.max(right, along)];
    [top, bottom] = [Math.min(top, across), Math.max(bottom, across)];
  }
  const [along, across] = [(left + right) / 2, (top + bottom) / 2];
  const center = { x: along * cos - across * sin, y: along * sin + across * cos };
  return { center, width: right - left, height: bottom - top, angle };
}

/** Upper left, upper right, lower right, lower left. */
export function cornersOf({ center, width, height, angle }: TurnedRectangle): Quad {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const corner = (along: number, across: number): Point => ({
    x: center.x + along * cos - across * sin,
    y: center.y + along * sin + across * cos,
  });
  const [x, y] = [width / 2, height / 2];
  return [corner(-x, -y), corner(x, -y), corner(x, y), corner(-x, y)];
}

/** With each side moved outwards by the distance. */
export const grown = (rectangle: TurnedRectangle, distance: number): TurnedRectangle => ({
  ...rectangle,
  width: rectangle.width + 2 * distance,
  height: rectangle.height + 2 * distance,
});

export const distanceOf = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
