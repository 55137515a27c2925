export { escapeHtml } from "./html.ts";
export { renderPage, type Navigation, type PageLink, type PageParts } from "./page.ts";
export { hasOutputs, renderNotebook, type RenderOptions } from "./render-notebook.ts";
