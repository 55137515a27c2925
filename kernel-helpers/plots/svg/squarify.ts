/** Rectangles of given areas in one, as nearly square as a greedy choice makes them: Bruls, Huizing, van Wijk, Squarified Treemaps (2000). */

export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * @param values ≥ 0, the largest first: the areas, as shares of `total`.
 * @param total What the whole area stands for: what is more than the values' sum stays empty.
 */
export function squarify(values: readonly number[], area: Rectangle, total: number): Rectangle[] {
  const scale = total > 0 ? (area.width * area.height) / total : 0;
  const areas = values.map((value) => value * scale);
  const places: Rectangle[] = [];
  let { left, top, width, height } = area;
  for (let start = 0; start < areas.length;) {
    const side = Math.min(width, height);
    let end = start + 1;
    while (end < areas.length && worst(areas.slice(start, end + 1), side) <= worst(areas.slice(start, end), side)) end++;
    const row = areas.slice(start, end);
    const thickness = side > 0 ? sum(row) / side : 0;
    let along = 0;
    for (const each of row) {
      const length = thickness > 0 ? each / thickness : 0;
      places.push(
        width < height
          ? { left: left + along, top, width: length, height: thickness }
          : { left, top: top + along, width: thickness, height: length },
      );
      along += length;
    }
    if (width < height) [top, height] = [top + thickness, Math.max(0, height - thickness)];
    else [left, width] = [left + thickness, Math.max(0, width - thickness)];
    start = end;
  }
  return places;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The largest ratio of long to short side in a row along `side`. */
function worst(row: readonly number[], side: number): number {
  const thickness = sum(row) / side;
  return Math.max(...row.map((area) => Math.max((thickness * thickness) / area, area / (thickness * thickness))));
}
