/** How a browser draws the Mermaid diagrams of a page, in its colours, and again when those change. */

/** Each by itself: one that Mermaid cannot draw keeps its source open, with Mermaid's reason. Nothing of a diagram runs (securityLevel). */
export const diagramScript: string = `
(async () => {
  const figures = [...document.querySelectorAll("main figure.mermaid")];
  const failed = (figure, error) => {
    figure.classList.add("failed");
    figure.querySelector(".note").textContent = "This diagram cannot be drawn: " + (error?.message ?? error);
    console.info(error);
  };
  try { await unpacked("mermaid") } catch (error) { for (const figure of figures) failed(figure, error); return }
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (name) => {
    const span = document.createElement("span");
    span.style.color = "var(--" + name + ")";
    document.body.append(span);
    probe.fillStyle = getComputedStyle(span).color;
    span.remove();
    probe.fillRect(0, 0, 1, 1);
    return "#" + [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((value) => value.toString(16).padStart(2, "0")).join("");
  };
  const settings = () => {
    const [paper, panel, ink, soft, line, link, mark, bad] = ["paper", "panel", "ink", "soft", "line", "link", "mark", "bad"].map(colour);
    const darkMode = parseInt(paper.slice(1, 3), 16) < 128;
    return {
      startOnLoad: false, securityLevel: "strict", suppressErrorRendering: true, dompurifyConfig: { FORBID_TAGS: ["img", "picture", "video", "audio", "iframe"] },
      secure: ["secure", "securityLevel", "startOnLoad", "maxTextSize", "suppressErrorRendering", "maxEdges", "dompurifyConfig"], theme: "base", fontFamily: "system-ui, sans-serif",
      flowchart: { useMaxWidth: false }, sequence: { useMaxWidth: false }, gantt: { useMaxWidth: true },
      themeVariables: {
        darkMode, background: paper, fontSize: "15px", primaryColor: panel, primaryTextColor: ink, primaryBorderColor: soft, lineColor: soft,
        textColor: ink, titleColor: ink, secondaryColor: paper, secondaryTextColor: ink, secondaryBorderColor: soft, tertiaryColor: paper,
        tertiaryTextColor: ink, tertiaryBorderColor: line, edgeLabelBackground: paper, noteBkgColor: mark, noteTextColor: ink, noteBorderColor: soft,
        errorBkgColor: paper, errorTextColor: bad, gridColor: line, todayLineColor: bad, taskTextDarkColor: ink, taskTextOutsideColor: ink, taskTextLightColor: ink,
        taskTextColor: ink, taskTextClickableColor: link, sectionBkgColor: panel, altSectionBkgColor: paper, sectionBkgColor2: panel,
        taskBkgColor: panel, taskBorderColor: soft, activeTaskBkgColor: mark, activeTaskBorderColor: soft, doneTaskBkgColor: paper, doneTaskBorderColor: line,
        critBkgColor: panel, critBorderColor: bad, pieTitleTextColor: ink, pieSectionTextColor: ink, pieLegendTextColor: ink, pieStrokeColor: paper, pieOuterStrokeColor: line,
      },
    };
  };
  let count = 0;
  const draw = async (figure) => {
    const place = figure.querySelector(".diagram");
    const room = document.createElement("div");
    room.className = "measure";
    figure.append(room);
    try {
      const { svg } = await mermaid.render("mermaid-" + ++count, figure.querySelector("pre").textContent, room);
      const first = !figure.classList.contains("drawn");
      place.innerHTML = svg;
      place.dataset.ink = settings().themeVariables.darkMode ? "light" : "dark";
      figure.classList.add("drawn");
      if (first) figure.querySelector("details").open = false;
    } catch (error) { if (!figure.classList.contains("drawn")) failed(figure, error) }
    finally { room.remove() }
  };
  const drawAll = async () => {
    mermaid.initialize(settings());
    for (const figure of figures) await draw(figure);
    dispatchEvent(new Event("resize"));
  };
  let drawing = drawAll();
  addEventListener("cairn-theme", () => { drawing = drawing.then(drawAll) });
})();
`.trim();
