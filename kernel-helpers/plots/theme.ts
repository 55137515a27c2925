/**
 * One look for all figures. Okabe and Ito's colours, told apart with any colour vision; no background of their own and a grey that keeps a
 * contrast of 4.5 on white and on black, so that a figure fits a light and a dark page alike.
 */
import type { FigureOptions } from "./figure.ts";

/** Okabe–Ito without yellow and black, which vanish on a white or a black page. */
export const palette: readonly string[] = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"];

/** When the colours are used up, another shape: as many looks as categories. */
export function markerOf(index: number): { color: string; symbol: string } {
  const shapes = ["circle", "diamond", "square", "cross"];
  return { color: palette[index % palette.length]!, symbol: shapes[Math.floor(index / palette.length) % shapes.length]! };
}

/** Cividis: perceived alike with and without red-green blindness; dark is low. */
export const colorScale = "Cividis";

const ink = "#767676";
const grid = "rgba(128,128,128,0.25)";

/** An axis titled with its quantity and unit. */
export function axis(title: string | undefined, extra: Record<string, unknown> = {}): Record<string, unknown> {
  return { title: { text: title ?? "" }, gridcolor: grid, zerolinecolor: grid, linecolor: ink, automargin: true, ...extra };
}

export function baseLayout(options: FigureOptions): Record<string, unknown> {
  return {
    title: { text: options.title ?? "", x: 0.02, xanchor: "left" },
    height: options.height ?? 420,
    margin: { l: 60, r: 20, t: options.title ? 56 : 20, b: 50 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: ink, family: "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif", size: 13 },
    colorway: palette,
    legend: { orientation: "h", y: 1.02, yanchor: "bottom" }, // above the plot: below it are the ticks and the axis title
    hovermode: "closest",
    hoverlabel: { namelength: -1 }, // names are not cut, least of all within an entity
    // Plotly derives the toolbar's colour from the background, takes the transparent one for black, and paints white on white.
    modebar: { bgcolor: "rgba(0,0,0,0)", color: ink, activecolor: palette[0] },
    xaxis: axis(options.xTitle),
    yaxis: axis(options.yTitle),
  };
}
