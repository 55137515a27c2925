/**
 * The page's own scripts, as browsers run them. Nothing here is needed for reading: without JavaScript the page follows the system's light or
 * dark, and figures are their tables. They find elements by what sanitised markdown cannot hold (script, figure.plotly's children, buttons).
 */

/** Before the first paint: the reader's choice of light or dark, and the note that scripts run. */
export const earlyScript: string = `
document.documentElement.classList.add("js");
try { const theme = localStorage.getItem("cairn-theme"); if (theme === "light" || theme === "dark") document.documentElement.style.colorScheme = theme } catch {}
`.trim();

/** The button for light and dark, the copy buttons, and what scrolls made reachable by keyboard. */
export const pageScript: string = `
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.style.colorScheme || (system.matches ? "dark" : "light")) === "dark";
  const changed = () => dispatchEvent(new Event("cairn-theme"));
  system.addEventListener("change", changed);
  document.querySelector("button.theme").addEventListener("click", () => {
    root.style.colorScheme = isDark() ? "light" : "dark";
    try { localStorage.setItem("cairn-theme", root.style.colorScheme) } catch {}
    changed();
  });
  for (const pre of document.querySelectorAll("main pre.code")) {
    const button = document.createElement("button");
    button.className = "copy";
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(pre.textContent); button.textContent = "Copied" }
      catch { getSelection().selectAllChildren(pre); button.textContent = "Selected" }
      setTimeout(() => { button.textContent = "Copy" }, 1500);
    });
    const frame = document.createElement("div");
    frame.className = "frame";
    pre.replaceWith(frame);
    frame.append(pre, button);
  }
  const reachable = () => {
    for (const box of document.querySelectorAll("main pre, main .scroll, main .html, main .katex-display")) {
      if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);
  reachable();
  const links = new Map([...document.querySelectorAll("aside nav a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const headings = [...document.querySelectorAll("main h2[id], main h3[id]")].filter((heading) => links.has(heading.id));
  const mark = () => {
    const current = headings.findLast((heading) => heading.getBoundingClientRect().top < 120);
    for (const [id, link] of links) {
      if (id === current?.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  if (headings.length > 0) addEventListener("scroll", mark, { passive: true });
})();
`.trim();

/** Unpacks Plotly and draws the figures in the colours of the page; where it cannot, their numbers stay open. */
export const figureScript: string = `
(async () => {
  const figures = [...document.querySelectorAll("figure.plotly")];
  const failed = (figure) => figure.classList.add("failed");
  try {
    const packed = atob(document.querySelector('script[type="application/gzip"]').textContent);
    const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
    const source = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    const script = document.createElement("script");
    script.textContent = source;
    document.head.append(script);
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
  for (const figure of figures) {
    try {
      const plot = figure.querySelector(".plot");
      const { data, layout } = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
      delete layout.width;
      layout.autosize = true;
      if (touch) layout.dragmode = false;
      if (followsPage(layout)) layout.font = { ...layout.font, color: ink() };
      if (plot.clientWidth < 480) fitPhone(data, layout);
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
