/** The headings of a page: their ids, as JupyterLab makes them, each used once, and the table of contents. */
import { escapeHtml } from "./html.ts";

interface Heading {
  level: number;
  text: string;
  id: string;
}

export class Contents {
  readonly #headings: Heading[] = [];
  readonly #ids = new Set<string>();

  /** Notes a heading and gives its id. Links that work in JupyterLab (#The-way-from-here) work in the page. */
  add(level: number, text: string): string {
    const title = text.replace(/\s+/g, " ").trim();
    const base = title.replaceAll(" ", "-") || "section";
    let id = base;
    for (let count = 1; this.#ids.has(id); count++) id = `${base}-${count}`;
    this.#ids.add(id);
    this.#headings.push({ level, text: title, id });
    return id;
  }

  /** Text of the first heading of level 1. */
  get title(): string | undefined {
    return this.#headings.find(({ level }) => level === 1)?.text;
  }

  /** Headings of levels 2 and 3 as a list of links; empty where there are fewer than two. */
  toHtml(): string {
    const shown = this.#headings.filter(({ level }) => level === 2 || level === 3);
    if (shown.length < 2) return "";
    const items = shown.map(
      ({ level, text, id }) => `<li class="l${level}"><a href="#${escapeHtml(encodeURIComponent(id))}">${escapeHtml(text)}</a></li>`,
    );
    return `<ol>${items.join("")}</ol>`;
  }
}
