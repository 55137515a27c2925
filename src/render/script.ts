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
    for (const box of document.querySelectorAll("main pre, main .scroll, main .html, main .diagram, main .katex-display")) {
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

/** Runs a library that the page has packed: `await unpacked("plotly")`. */
export const unpackScript: string = `
const unpacked = async (name) => {
  const packed = atob(document.querySelector('script[data-library="' + name + '"]').textContent);
  const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
  const script = document.createElement("script");
  script.textContent = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  document.head.append(script);
};
`.trim();
