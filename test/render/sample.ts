/** A notebook with one of everything that a page can show; its figures are made by the library that cells use. */
import { bar, heatmap, table, type Figure } from "../../kernel-helpers/plots/index.ts";
import { jupyterDisplay } from "../../kernel-helpers/runtime/printable.ts";
import type { Cell, CodeCell, MarkdownCell, MimeBundle, Notebook, Output } from "../../src/nbformat/index.ts";

export const markdown = (source: string, extra: Partial<MarkdownCell> = {}): MarkdownCell => ({
  cell_type: "markdown",
  metadata: {},
  source,
  ...extra,
});

export const code = (source: string, outputs: Output[] = [], tags: string[] = []): CodeCell => ({
  cell_type: "code",
  execution_count: 1,
  metadata: tags.length > 0 ? { tags } : {},
  outputs,
  source,
});

export const shown = (data: MimeBundle, metadata: Record<string, unknown> = {}): Output => ({
  output_type: "display_data",
  data,
  metadata,
});

export const printed = (text: string, name: "stdout" | "stderr" = "stdout"): Output => ({ output_type: "stream", name, text });

export const notebookOf = (cells: Cell[], metadata: Notebook["metadata"] = {}): Notebook => ({
  nbformat: 4,
  nbformat_minor: 4,
  metadata: { language_info: { name: "typescript" }, ...metadata },
  cells,
});

const figure = (value: Figure): Output => shown(value[jupyterDisplay]());

/** A picture of 2 by 2 pixels. */
export const png = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP8zwACTGCSAQANHQEDgslx/wAAAABJRU5ErkJggg==";

const labels = ["AI工程师", "机器学习专家", "前端开发", "AI engineer", "front-end developer"];
const similarity = labels.map((_, row) => labels.map((__, column) => (row === column ? 1 : 0.9 / (1 + Math.abs(row - column)))));

export const sample: Notebook = notebookOf(
  [
    markdown(`# How far apart are two meanings?

An **embedding** model turns a sentence into a vector, so that sentences of like meaning point in like directions. This page shows *what a page can show*: prose, formulas,
code, tables, figures, and what goes wrong.[^1]

- [x] read the text
- [ ] run the code in \`02-embeddings.ipynb\`
- follow [the figures](#Figures) or [the notebook on tokens](01-tokenization.ipynb#Unseen-words)

[^1]: A footnote, with a formula: $e^{i\\pi} + 1 = 0$.`),
    markdown(`## Cosine similarity

The angle $\\theta$ between two vectors $u$ and $v$ of $\\mathbb{R}^n$ says how alike they are; it costs $5 and not $10 to compute:

$$
\\cos\\theta = \\frac{u \\cdot v}{\\lVert u \\rVert \\, \\lVert v \\rVert} = \\frac{\\sum_{i=1}^{n} u_i v_i}{\\sqrt{\\sum_{i=1}^{n} u_i^2} \\sqrt{\\sum_{i=1}^{n} v_i^2}}
$$

> A number is not evidence that somebody measured the right thing.

中文与 English 混排：同一个句子里有两种文字，行距和标点都应当舒服。

| model | parameters | zh | en |
| --- | ---: | ---: | ---: |
| MiniLM-L6 | 22 M | 0.49 | 0.55 |
| bge-small-zh | 24 M | 0.71 | 0.33 |`),
    code(
      `import { SentenceEncoder, cosineSimilarity } from 'kernel-helpers/embeddings'

const encoder = await SentenceEncoder.load('all-MiniLM-L6-v2', { device: 'auto' })
const vectors = await encoder.encode(['AI工程师', '机器学习专家', '前端开发'])  // Matrix: rows, cols, data
const similar = (one: number, other: number): boolean => one > 0.5 && other / 2 !== 0.25
console.log(\`\${vectors.rows} vectors of \${vectors.cols} dimensions\`)`,
      [printed("3 vectors of 384 dimensions\n"), printed("\x1b[33mwarn\x1b[0m no GPU was found; \x1b[1mcpu\x1b[0m is used\n", "stderr")],
    ),
    markdown("## Figures\n\nThe matrix of all pairs. The diagonal is 1, because a text is like itself.\n\n### A heatmap"),
    code("show(heatmap(cosineSimilarity(vectors, vectors), { labels }))", [
      figure(heatmap(similarity, { labels, title: "Similarity of job titles", valueTitle: "cosine" })),
    ]),
    markdown("### Bars and lines"),
    code("show(bar({ 'GPT-2': 0.52, ours: 1.2 }, { title: 'Chinese' }))", [
      figure(
        bar(
          { "GPT-2": 0.52, "ours, 8k": 1.2, "ours, 16k": 1.34 },
          { title: "Characters per token, Chinese", yTitle: "characters per token" },
        ),
      ),
    ]),
    code("show(table(rows))", [
      shown(
        table(
          [
            { store: "memory", "queries/s": 1412.5, "recall@10": 1, kind: "exact" },
            {
              store: "lancedb",
              "queries/s": 318.2,
              "recall@10": 0.972,
              kind: "IVF-PQ, a long description that makes the table wider than a phone",
            },
          ],
          { caption: "One query at a time" },
        )[jupyterDisplay](),
      ),
    ]),
    markdown("## Other outputs"),
    code("1 + 1", [{ output_type: "execute_result", execution_count: 2, data: { "text/plain": "\x1b[33m2\x1b[39m" }, metadata: {} }]),
    code("picture", [shown({ "image/png": png, "text/plain": "four pixels" }, { width: 64, height: 64 })], ["hide-input"]),
    code("drawing", [
      shown({
        "image/svg+xml":
          '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><rect width="120" height="40" rx="8" fill="#0072B2"/></svg>',
      }),
    ]),
    code("config", [shown({ "application/json": { hidden: 7168, layers: 61, name: "DeepSeek-V3", experts: [256, 8] } })]),
    code("formula", [shown({ "text/latex": "$$\\int_0^\\infty e^{-x^2}\\,dx = \\tfrac{\\sqrt{\\pi}}{2}$$" })]),
    markdown("## A failure\n\nThe cell fails, and says where."),
    code("const wrong: number = 'seven'", [
      {
        output_type: "error",
        ename: "TypeScriptError",
        evalue: "TS2322: Type 'string' is not assignable to type 'number'.",
        traceback: [
          "cell[9]:1:7 - error TS2322: Type 'string' is not assignable to type 'number'.",
          "> 1 | const wrong: number = 'seven'",
          "    |       ^",
        ],
      },
    ]),
    markdown("## Exercise\n\nWhich pair is the nearest? Predict it, then run it."),
    code("await solution('02-nearest', [0, 1])", [printed("✓ correct\n")], ["solution"]),
    code("secret()", [printed("never on the page")], ["remove-cell"]),
    code("noisy()", [printed("output that nobody wants")], ["remove-output"]),
    code("hiddenSource()", [printed("output of a cell without source")], ["remove-input"]),
  ],
  { title: "How far apart are two meanings?" },
);
