/** Pictures of the world: 48 × 48 pixels, nine places, on a ground that is never the same. */
import { checkInteger, checkObject } from "../../runtime/check.ts";
import { createRandom, type Random } from "../../runtime/random.ts";
import { RgbImage } from "../images/rgb-image.ts";
import type { Combination, WorldColour, WorldKind, WorldShape } from "./combinations.ts";

export const worldSide = 48;
const places = 3;
export const worldPlace: number = worldSide / places;

/** Red, green, blue. */
const paint: Record<WorldColour, readonly [number, number, number]> = {
  red: [214, 48, 49],
  green: [46, 160, 67],
  blue: [40, 90, 214],
  yellow: [240, 210, 40],
  purple: [142, 68, 173],
  orange: [240, 140, 30],
};

/** Whether a point is within the shape of a size, from its middle. */
const covers: Record<WorldShape, (x: number, y: number, size: number) => boolean> = {
  circle: (x, y, size) => x * x + y * y <= size * size,
  square: (x, y, size) => Math.max(Math.abs(x), Math.abs(y)) <= 0.85 * size,
  triangle: (x, y, size) => y <= 0.8 * size && y >= -size + (1.8 * size * Math.abs(x)) / size,
  diamond: (x, y, size) => Math.abs(x) + Math.abs(y) <= 1.1 * size,
  cross: (x, y, size) => Math.min(Math.abs(x), Math.abs(y)) <= 0.35 * size && Math.max(Math.abs(x), Math.abs(y)) <= size,
};

/** A picture that shows the combination; another seed shows it elsewhere, in other sizes and another light. */
export function drawCombination(combination: Combination, seed: number): RgbImage {
  checkObject("combination", combination, { hint: "take one of worldCombinations()" });
  const random = createRandom(checkInteger("seed", seed));
  const data = new Uint8Array(worldSide * worldSide * 3);
  const ground = [0, 1, 2].map(() => 215 + 30 * random.next());
  for (let at = 0; at < data.length; at++) data[at] = Math.min(255, Math.max(0, ground[at % 3]! + 16 * (random.next() - 0.5)));
  for (const { kind, column, row } of placed(combination, random)) {
    const size = 5 + 1.5 * random.next();
    const [x, y] = [column, row].map((index) => (index + 0.5) * worldPlace + 2 * (random.next() - 0.5));
    const light = 0.9 + 0.2 * random.next();
    for (let pixel = 0; pixel < worldSide * worldSide; pixel++) {
      const [dx, dy] = [(pixel % worldSide) + 0.5 - x!, Math.floor(pixel / worldSide) + 0.5 - y!];
      if (Math.abs(dx) > 8 || Math.abs(dy) > 8 || !covers[kind.shape](dx, dy, size)) continue;
      for (let channel = 0; channel < 3; channel++) data[pixel * 3 + channel] = Math.min(255, paint[kind.colour][channel]! * light);
    }
  }
  return new RgbImage(data, { width: worldSide, height: worldSide });
}

function placed(combination: Combination, random: Random): { kind: WorldKind; column: number; row: number }[] {
  if (combination.type === "count") {
    const free = random.shuffle([...Array(places * places).keys()]).slice(0, combination.count);
    return free.map((at) => ({ kind: combination.kind, column: at % places, row: Math.floor(at / places) }));
  }
  const [from, to] = random
    .shuffle([...Array(places).keys()])
    .slice(0, 2)
    .sort((a, b) => a - b) as [number, number];
  const other = random.integer(places);
  const { first, second, relation } = combination;
  if (relation === "left of") return [{ kind: first, column: from, row: other }, { kind: second, column: to, row: other }]; // prettier-ignore
  return [{ kind: first, column: other, row: from }, { kind: second, column: other, row: to }]; // prettier-ignore
}
