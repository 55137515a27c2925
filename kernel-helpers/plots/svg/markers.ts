/** Signs of points. Round ones are the round ends of lines of no length: ten characters each. */
import { element, pixels, type Attributes } from "./markup.ts";

export interface Dot {
  x: number;
  y: number;
}

export interface MarkerStyle {
  symbol: string;
  size: number;
  colour: string;
  /** Of the outline. */
  edge: string;
  edgeWidth: number;
}

/** Corners around (0, 0), for a size of 2. */
const corners: Record<string, readonly (readonly [number, number])[]> = {
  square: [[-1, -1], [1, -1], [1, 1], [-1, 1]], // prettier-ignore
  diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]], // prettier-ignore
  "triangle-up": [[0, -1.15], [1, 0.58], [-1, 0.58]], // prettier-ignore
  "triangle-down": [[0, 1.15], [1, -0.58], [-1, -0.58]], // prettier-ignore
  cross: [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]], // prettier-ignore
  x: [[-1.1, -0.6], [-0.6, -1.1], [0, -0.5], [0.6, -1.1], [1.1, -0.6], [0.5, 0], [1.1, 0.6], [0.6, 1.1], [0, 0.5], [-0.6, 1.1], [-1.1, 0.6], [-0.5, 0]], // prettier-ignore
};

const shapeOf = (symbol: string): string => symbol.replace(/-(?:open|dot|open-dot)$/, "");

export const isKnownSymbol = (symbol: string): boolean => shapeOf(symbol) === "circle" || Object.hasOwn(corners, shapeOf(symbol));

export function markers(dots: readonly Dot[], { symbol, size, colour, edge, edgeWidth }: MarkerStyle): string {
  const isOpen = symbol.includes("-open");
  const outline = isOpen ? { stroke: colour, "stroke-width": Math.max(1, edgeWidth) } : { stroke: edge, "stroke-width": edgeWidth };
  const paint: Attributes = { fill: isOpen ? "none" : colour, ...(isOpen || edgeWidth > 0 ? outline : {}) };
  const polygon = Object.hasOwn(corners, shapeOf(symbol)) ? corners[shapeOf(symbol)]! : undefined;
  if (polygon) {
    const path = ({ x, y }: Dot): string =>
      `M${polygon.map(([dx, dy]) => `${pixels(x + (dx * size) / 2)} ${pixels(y + (dy * size) / 2)}`).join("L")}Z`;
    return element("path", { d: dots.map(path).join(""), ...paint });
  }
  if (!isOpen && edgeWidth === 0) {
    const d = dots.map(({ x, y }) => `M${pixels(x)} ${pixels(y)}h0`).join("");
    return element("path", { d, fill: "none", stroke: colour, "stroke-width": size, "stroke-linecap": "round" });
  }
  const circles = dots.map(({ x, y }) => element("circle", { cx: x, cy: y, r: size / 2 }));
  return element("g", paint, circles.join(""));
}
