/** The headings of a page: their ids, as JupyterLab makes them and as GitHub does, each used once, and the table of contents. */
import { escapeHtml } from "./html.ts";

interface Heading {
  level: number;
  text: string;
  id: string;
}

/** Small letters, without punctuation. */
const githubSlug = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");

export class Contents {
  readonly #headings: Heading[] = [];
  readonly #ids = new Set<string>();
  /** The number to try next, by id: a page of one title twenty thousand times is numbered in one go. */
  readonly #counts = new Map<string, number>();
  readonly #slugs = new Map<string, number>();

  /** An id that nothing on the page has: this one, or with a number. */
  claim(base: string): string {
    let id = base;
    let count = this.#counts.get(base) ?? 1;
    for (; this.#ids.has(id); count++) id = `${base}-${count}`;
    this.#counts.set(base, count);
    this.#ids.add(id);
    return id;
  }

  /**
   * Notes a heading. Links that work in JupyterLab (#The-way,-from-here) lead to its id, those that work on GitHub (#the-way-from-here) to its
   * second one, where that is another.
   */
  add(level: number, text: string): { id: string; github: string | undefined } {
    const title = text.replace(/\s+/g, " ").trim();
    const id = this.claim(title.replaceAll(" ", "-") || "section");
    this.#headings.push({ level, text: title, id });
    const slug = githubSlug(title);
    const uses = this.#slugs.get(slug) ?? 0;
    this.#slugs.set(slug, uses + 1);
    const github = uses === 0 ? slug : `${slug}-${uses}`;
    if (github === "" || this.#ids.has(github)) return { id, github: undefined };
    this.#ids.add(github);
    return { id, github };
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
