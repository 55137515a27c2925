/**
 * Markdown → HTML: GitHub's flavour with footnotes, HTML within it, LaTeX, attachments, highlighted code. What a notebook's markdown holds is
 * sanitised by GitHub's rules: no script, no style, no handler, no frame. Formulas and colours are put in after that.
 */
import type { Element, ElementContent, Root, RootContent } from "hast";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";
import type { MimeBundle } from "../nbformat/index.ts";
import { asAlert } from "./alerts.ts";
import type { Contents } from "./contents.ts";
import { decodeAddress } from "./decode-address.ts";
import type { PageMath } from "./equations.ts";
import { renderDiagram } from "./diagram.ts";
import { highlight } from "./highlight.ts";
import { escapeHtml, isRightToLeft, parseHtml, stringifyHtml } from "./html.ts";
import { bundleAddress, fileAddress } from "./images.ts";
import { safeStyle } from "./inline-style.ts";
import { leftOutNote, unsafeIn } from "./left-out.ts";
import { formulaMark, renderFormula, restoreMath, takeMath, type Formula } from "./math.ts";
import { checkNesting, isTooDeep } from "./nesting.ts";
import { renderSource } from "./text.ts";

export interface MarkdownContext {
  /** Collects headings and keeps their ids apart. */
  contents: Contents;
  /** Definitions and numbers that formulas of the page share. */
  math: PageMath;
  attachments?: Record<string, MimeBundle> | undefined;
  /** Where relative pictures lie. Without it they are shown as their description. */
  folder?: string | undefined;
  /** The page of what a relative link leads to, where there is one. */
  link?: ((path: string) => string | undefined) | undefined;
  /** Told of each diagram that Mermaid is to draw. */
  onDiagram: () => void;
  /** Keeps the footnotes of cells apart. */
  prefix: string;
}

const { name: _, ...everywhere } = Object.fromEntries((defaultSchema.attributes?.["*"] ?? []).map((key) => [String(key), key]));

const schema: typeof defaultSchema = {
  ...defaultSchema,
  // Ids are ours to keep apart; the page's own script finds its elements by what markdown cannot hold.
  clobber: [],
  tagNames: [...(defaultSchema.tagNames ?? []), "abbr", "center", "font", "figcaption", "figure", "mark", "small", "u"],
  attributes: {
    ...defaultSchema.attributes,
    "*": [...Object.values(everywhere), "style"],
    div: [...(defaultSchema.attributes?.div ?? []), ["className", /^alert(?:-[a-z]+)?$/]],
    font: ["color", "size"],
    code: [["className", /^language-./]],
    img: ["src", "alt"],
    a: [...(defaultSchema.attributes?.a ?? []), "name"],
  },
  protocols: {
    ...defaultSchema.protocols,
    src: ["http", "https", "data", "attachment"],
    href: [...(defaultSchema.protocols?.href ?? []), "attachment"],
  },
};

const blocks = new Set("p h1 h2 h3 h4 h5 h6 ul ol li blockquote table th td dl dt dd summary caption".split(" "));

/** What footnotes are called until each cell gives them its own prefix. */
const footnotePrefix = "cell-";
const footnoteAnchor = new RegExp(`^(#?)${footnotePrefix}(fn(?:ref)?-)`);

const reader = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkRehype, { allowDangerousHtml: true, clobberPrefix: footnotePrefix })
  .freeze();

const sanitizer = unified().use(rehypeSanitize, schema).freeze();

const textOf = (node: RootContent | ElementContent | Root): string =>
  node.type === "text" ? node.value : "children" in node ? node.children.map(textOf).join("") : "";

const raw = (value: string): ElementContent => ({ type: "raw", value });

/** A place that links lead to. */
const target = (id: string): Element => ({ type: "element", tagName: "span", properties: { id }, children: [] });

const isElement = (node: RootContent | ElementContent, name: string): node is Element => node.type === "element" && node.tagName === name;

class Finisher {
  readonly #context: MarkdownContext;
  readonly #formulas: readonly Formula[];
  readonly #rightToLeft: boolean;

  constructor(context: MarkdownContext, formulas: readonly Formula[], text: string) {
    this.#rightToLeft = isRightToLeft(text);
    this.#context = context;
    this.#formulas = formulas;
  }

  async children(parent: Root | Element): Promise<void> {
    const lists = await Promise.all(parent.children.map((child) => this.#node(child as ElementContent)));
    parent.children = lists.flat();
  }

  async #node(node: ElementContent): Promise<ElementContent[]> {
    if (node.type === "text") return this.#text(node.value);
    if (node.type !== "element") return [];
    for (const [key, value] of Object.entries(node.properties)) {
      if (typeof value !== "string") continue;
      const own = value.replace(footnoteAnchor, `$1${this.#context.prefix}$2`);
      node.properties[key] = restoreMath(own, this.#formulas);
    }
    this.#looks(node);
    if (node.tagName === "pre") return [raw(await this.#codeBlock(node))];
    if (node.tagName === "code") return [raw(`<code>${escapeHtml(restoreMath(textOf(node), this.#formulas))}</code>`)];
    if (node.tagName === "img") return [await this.#picture(node)];
    if (node.tagName === "input") return [this.#checkBox(node)];
    if (/^h[1-6]$/.test(node.tagName)) this.#heading(node);
    if (node.tagName === "blockquote") asAlert(node);
    if (node.tagName === "section") this.#footnotes(node);
    if (node.tagName === "a") this.#link(node);
    await this.children(node);
    return node.tagName === "table" ? [raw('<div class="scroll">'), node, raw("</div>")] : [node];
  }

  /** Only what is safe of a style, and the direction of a text that is read from right to left. */
  #looks(node: Element): void {
    const { style, dir } = node.properties;
    delete node.properties.style;
    const safe = typeof style === "string" ? safeStyle(style) : undefined;
    if (safe !== undefined) node.properties.style = safe;
    if (this.#rightToLeft && dir === undefined && blocks.has(node.tagName) && isRightToLeft(textOf(node))) node.properties.dir = "auto";
  }

  #text(value: string): ElementContent[] {
    const parts = value.split(formulaMark); // text, index, text, index, …
    return parts.map((part, at) => {
      const formula = at % 2 ? this.#formulas[Number(part)] : undefined;
      return formula ? raw(renderFormula(formula, this.#context.math)) : { type: "text", value: part };
    });
  }

  async #codeBlock(pre: Element): Promise<string> {
    const code = pre.children.find((child) => isElement(child, "code"));
    const names = code && "properties" in code && Array.isArray(code.properties.className) ? code.properties.className : [];
    const text = restoreMath(textOf(pre), this.#formulas).replace(/\n$/, "");
    const language = names.join(" ").replace(/^language-/, "");
    const html = await highlight(text, language);
    return language === "mermaid" ? renderDiagram(text, html, this.#context.onDiagram) : `<pre class="code"><code>${html}</code></pre>`;
  }

  async #picture(node: Element): Promise<ElementContent> {
    const { src: source = "", alt: description = "" } = node.properties as { src?: string; alt?: string };
    const name = /^attachment:(.*)$/s.exec(source)?.[1];
    if (/^data:image\//i.test(source)) return node;
    if (/^https?:|^\/\//i.test(source)) {
      // A page that needs no network shows no picture from it, but says where it is.
      return raw(`<a href="${escapeHtml(source)}" rel="noopener">${escapeHtml(description || source)}</a>`);
    }
    const { folder } = this.#context;
    const address = name === undefined ? folder && (await fileAddress(folder, source)) : this.#attachment(name);
    if (address === undefined || address === "") return { type: "text", value: description || `[picture not found: ${source}]` };
    return { ...node, properties: { ...node.properties, src: address, alt: description } };
  }

  /** A task's box as a sign: a form control without a label says nothing to those who listen. */
  #checkBox(node: Element): ElementContent {
    const done = node.properties.checked === true;
    return raw(`<span class="task" role="img" aria-label="${done ? "done" : "to do"}">${done ? "☑" : "☐"}</span>`);
  }

  #heading(node: Element): void {
    const level = Number(node.tagName[1]);
    const text = textOf(node).replace(formulaMark, (mark, index: string) => this.#formulas[Number(index)]?.tex ?? mark);
    const { id, github } = this.#context.contents.add(level, text);
    const own = node.properties.id;
    node.properties.id = id;
    for (const other of new Set([own, github])) if (typeof other === "string" && other !== id) node.children.unshift(target(other));
  }

  #footnotes(node: Element): void {
    if (!("dataFootnotes" in node.properties)) return;
    node.children = node.children.filter((child) => !isElement(child, "h2"));
    node.properties.ariaLabel = "Footnotes";
  }

  #link(node: Element): void {
    const { name: place } = node.properties; // the way of old to make a place that links lead to
    delete node.properties.name;
    if (typeof place === "string" && place !== "") node.properties.id ??= place;
    delete node.properties.ariaDescribedBy; // the heading of the footnotes, which each cell would repeat
    const href = node.properties.href;
    if (typeof href !== "string") return;
    const name = /^attachment:(.*)$/s.exec(href)?.[1];
    if (name !== undefined) node.properties.href = this.#attachment(name);
    else if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(href)) node.properties.rel = ["noopener"];
    else if (!href.startsWith("#")) node.properties.href = this.#pageOf(href) ?? href;
  }

  #pageOf(href: string): string | undefined {
    const [path = "", anchor] = href.split("#");
    const page = this.#context.link?.(decodeAddress(path));
    return page === undefined || anchor === undefined ? page : `${page}#${anchor}`;
  }

  #attachment(name: string): string | undefined {
    const { attachments = {} } = this.#context;
    return bundleAddress(attachments[name] ?? attachments[decodeAddress(name)]);
  }
}

/** Markdown text as HTML, safe whatever the text. What is nested too deeply is shown as its source. */
export async function renderMarkdown(markdown: string, context: MarkdownContext): Promise<string> {
  try {
    checkNesting(markdown);
    const { text, formulas } = takeMath(markdown);
    const parsed = parseHtml(stringifyHtml(reader.runSync(reader.parse(text)))); // HTML within markdown, as the browser would see it
    const leftOut = leftOutNote(unsafeIn(parsed), "for it is not safe in a text");
    const tree = sanitizer.runSync(parsed) as Root;
    await new Finisher(context, formulas, text).children(tree);
    return stringifyHtml(tree) + leftOut;
  } catch (error) {
    if (isTooDeep(error)) return renderSource(markdown, error);
    throw error;
  }
}
