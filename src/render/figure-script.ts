/** How a browser draws the figures of a page. */

/** Draws the figures in the colours of the page; where it cannot, their numbers stay open. */
export const figureScript: string = `
(async () => {
  const figures = [...document.querySelectorAll("figure.plotly")];
  const failed = (figure) => figure.classList.add("failed");
  try {
    await unpacked("plotly");
  } catch (error) { figures.forEach(failed); throw error }
  // A finger that moves over a figure scrolls the page; a mouse zooms.
  const touch = matchMedia("(pointer: coarse)").matches;
  const see = (colour) => !colour || /^(transparent|rgba\\(.*,\\s*0\\))$/.test(colour);
  const ink = () => getComputedStyle(document.documentElement).getPropertyValue("color");
  const paper = matchMedia("print");
  const followsPage = (layout) => !layout.template && see(layout.paper_bgcolor);
  // Little room: smaller letters, a title in lines, the colour bar below instead of beside.
  const fitPhone = (data, layout) => {
    layout.font = { ...layout.font, size: 11 };
    layout.margin = { ...layout.margin, l: 10, r: 10 };
    const title = typeof layout.title === "string" ? layout.title : layout.title?.text ?? "";
    const wrapped = title.replace(/(.{24,}?)\\s+/g, "$1<br>");
    if (title) layout.title = { x: 0, xanchor: "left", ...layout.title, text: wrapped, font: { size: 14 }, yref: "container", y: 1, yanchor: "top", pad: { t: 12 } };
    for (const trace of data) {
      if (!trace.colorbar) continue;
      layout.height = (layout.height ?? 450) + 60;
      Object.assign(trace.colorbar, { orientation: "h", thickness: 8, yref: "container", y: .07, yanchor: "bottom", title: { ...trace.colorbar.title, side: "top" } });
    }
  };
  // Boxes with text that would run into each other: the figure keeps its width and scrolls.
  const keepRoom = (figure, plot, least) => {
    if (!(least > plot.clientWidth)) return;
    plot.style.width = least + "px";
    figure.style.overflowX = "auto";
    figure.tabIndex = 0;
  };
  for (const figure of figures) {
    try {
      const plot = figure.querySelector(".plot");
      const { data, layout } = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
      delete layout.width;
      layout.autosize = true;
      if (touch) layout.dragmode = false;
      if (followsPage(layout)) layout.font = { ...layout.font, color: ink() };
      if (plot.clientWidth < 480) fitPhone(data, layout);
      keepRoom(figure, plot, layout.meta?.minimumWidth);
      await Plotly.newPlot(plot, data, layout, { responsive: true, displaylogo: false, displayModeBar: touch ? false : "hover" });
      figure.classList.add("drawn");
      const table = figure.querySelector("details");
      if (table) table.open = false;
      const recolour = () => { if (followsPage(layout)) Plotly.relayout(plot, { "font.color": ink() }) };
      addEventListener("cairn-theme", recolour);
      paper.addEventListener("change", recolour); // a dark page prints in dark ink
      addEventListener("beforeprint", () => Plotly.Plots.resize(plot));
      addEventListener("afterprint", () => Plotly.Plots.resize(plot));
    } catch (error) { failed(figure); console.error(error) }
  }
})();
`.trim();
