/** The frame of a page: head with everything it needs inside, bar, contents, text, links to the neighbours. */
import { escapeHtml } from "./html.ts";
import { earlyScript, pageScript, unpackScript } from "./script.ts";
import { pageStyle } from "./style.ts";

export interface PageLink {
  href: string;
  title: string;
}

/** Where a page stands among others. */
export interface Navigation {
  home: PageLink;
  previous?: PageLink | undefined;
  next?: PageLink | undefined;
}

/** A library that a page brings along, and the script that uses it. */
export interface Library {
  name: string;
  /** Gzipped, in base64. */
  packed: string;
  script: string;
}

export interface PageParts {
  title: string;
  /** The text, inside `main`. */
  body: string;
  /** The list of headings; may be empty. */
  contents?: string;
  /** Styles beside the page's own. */
  style?: string;
  /** Libraries that the page needs. */
  libraries?: readonly Library[];
  navigation?: Navigation | undefined;
  /** A file that the page carries. */
  download?: { name: string; address: string } | undefined;
}

/** Nothing leaves the page and nothing comes into it: what the author's HTML outputs hold can't call home either. Frames have their text with them. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data:; frame-src data:; base-uri 'none'; form-action 'none'";

function bar({ title, navigation, download }: PageParts): string {
  return [
    '<header class="bar">',
    navigation ? `<a class="home" href="${escapeHtml(navigation.home.href)}">${escapeHtml(navigation.home.title)}</a>` : "",
    `<span class="where">${escapeHtml(title)}</span>`,
    download
      ? `<a download="${escapeHtml(download.name)}" href="${download.address}" title="This notebook, without outputs">Notebook</a>`
      : "",
    '<button class="theme" type="button" aria-label="Switch between light and dark">◐</button>',
    "</header>",
  ].join("");
}

function pager({ previous, next }: Navigation): string {
  const link = (kind: string, word: string, target: PageLink | undefined): string =>
    target ? `<a class="${kind}" href="${escapeHtml(target.href)}"><span>${word}</span>${escapeHtml(target.title)}</a>` : "";
  const links = link("previous", "Before", previous) + link("next", "Next", next);
  return links === "" ? "" : `<nav class="pager" aria-label="Neighbours">${links}</nav>`;
}

/** A whole HTML document that needs no other file. */
export function renderPage(parts: PageParts): string {
  const { title, body, contents = "", style = "", libraries = [], navigation } = parts;
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    '<meta name="generator" content="Cairn">',
    `<title>${escapeHtml(navigation ? `${title} · ${navigation.home.title}` : title)}</title>`,
    `<style>${style}${pageStyle}</style>`,
    `<script>${earlyScript}</script>`,
    "</head>",
    "<body>",
    '<a class="skip" href="#main">Skip to the text</a>',
    bar(parts),
    '<div class="layout">',
    contents === "" ? "" : `<aside><nav aria-label="Contents">${contents}</nav></aside>`,
    '<main id="main">',
    contents === ""
      ? ""
      : `<details class="phone-contents"><summary>Contents</summary><nav aria-label="Contents">${contents}</nav></details>`,
    body,
    navigation ? pager(navigation) : "",
    "</main>",
    "</div>",
    `<script>${pageScript}</script>`,
    libraries.length > 0 ? `<script>${unpackScript}</script>` : "",
    ...libraries.map(
      ({ name, packed, script }) => `<script type="application/gzip" data-library="${name}">${packed}</script><script>${script}</script>`,
    ),
    "</body>",
    "</html>",
    "",
  ]
    .filter((line) => line !== "")
    .join("\n");
}
