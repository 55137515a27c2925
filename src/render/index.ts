export { escapeHtml } from "./html.ts";
export { renderPage, type Navigation, type PageLink, type PageParts } from "./page.ts";
export { isExecuted, renderNotebook, type RenderOptions } from "./render-notebook.ts";
