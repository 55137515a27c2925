/**
 * A Plotly figure: its JSON for the page's script, and beneath it its numbers, or whatever else the output has, open for readers without
 * JavaScript and folded away once the figure is drawn. Where no script runs, the output's picture stands in the figure's place.
 */
import { escapeHtml, scriptJson } from "./html.ts";

export const plotlyType = "application/vnd.plotly.v1+json";

/** An HTML table of a figure's numbers, which kernel-helpers puts beside it. */
export const tableType = "text/vnd.cairn.table.v1+html";

interface PlotlyFigure {
  data?: unknown;
  layout?: { title?: string | { text?: string }; height?: unknown };
}

/** What screen readers are told: the title without Plotly's own markup. */
function titleOf({ layout }: PlotlyFigure): string {
  const title = typeof layout?.title === "string" ? layout.title : layout?.title?.text;
  return (title ?? "").replace(/<[^<>]*>/g, " ").trim() || "Figure";
}

/** @param picture Address of the figure as a picture, if there is one. */
export function renderFigure(value: unknown, fallback: string, picture?: string): string {
  const figure = (typeof value === "object" && value !== null ? value : {}) as PlotlyFigure;
  const height = Number(figure.layout?.height);
  const title = escapeHtml(titleOf(figure));
  return [
    `<figure class="plotly" style="--height:${height > 0 && height < 10_000 ? height : 450}px">`,
    `<div class="plot" role="group" aria-label="${title}"></div>`,
    `<script type="application/json">${scriptJson({ data: figure.data ?? [], layout: figure.layout ?? {} })}</script>`,
    picture === undefined
      ? `<noscript><p class="note">${title}: drawn where JavaScript runs.</p></noscript>`
      : `<noscript><img src="${picture}" alt="${title}"></noscript>`,
    fallback === "" ? "" : `<details open><summary>The figure in numbers</summary>${fallback}</details>`,
    "</figure>",
  ].join("");
}
