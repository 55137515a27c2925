/** A notebook as one HTML file: it opens from a disk, without a network, and is read on a phone and on paper. */
import { formatNotebook, type Cell, type Notebook } from "../nbformat/index.ts";
import { languageOf, renderCell, type PageContext } from "./cells.ts";
import { Contents } from "./contents.ts";
import { PageMath } from "./equations.ts";
import { failedCells, failureNote } from "./failure.ts";
import { escapeHtml } from "./html.ts";
import { mathStyle } from "./math-style.ts";
import { diagramScript } from "./diagram-script.ts";
import { mermaidScript } from "./diagram.ts";
import { figureScript } from "./figure-script.ts";
import { renderPage, type Library, type Navigation } from "./page.ts";
import { plotlyScript, traceTypes } from "./plotly.ts";

export interface RenderOptions {
  /** @default the notebook's metadata.title, else its first heading, else `name` */
  title?: string;
  /** File name of the notebook, for the download. @default "notebook.ipynb" */
  name?: string;
  /** Folder of the notebook, from which pictures that its markdown names are taken. Without it they are shown as their description. */
  folder?: string;
  /** The page, as reached from this one, of what lies at a path beside the notebook; for links between notebooks. Other links stay as they are. */
  link?: (path: string) => string | undefined;
  /** Links to an index and to the neighbours. */
  navigation?: Navigation;
}

/** The notebook to take home and run: its outputs stand on the page already. */
function download(notebook: Notebook, name: string): { name: string; address: string } {
  const cells = notebook.cells.map((cell): Cell => (cell.cell_type === "code" ? { ...cell, execution_count: null, outputs: [] } : cell));
  const text = formatNotebook({ ...notebook, cells });
  return { name, address: `data:application/x-ipynb+json;base64,${Buffer.from(text).toString("base64")}` };
}

/** Whether the notebook shows what its code does: a cell was executed, or there is no code. */
export function isExecuted(notebook: Notebook): boolean {
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");
  return code.length === 0 || code.some((cell) => cell.execution_count !== null || cell.outputs.length > 0);
}

interface Body {
  body: string;
  /** What the page says before it. */
  note: string;
  contents: Contents;
  math: PageMath;
  figures: number;
  diagrams: number;
  /** Types of the figures' traces. */
  traces: string[];
}

/** One run over the cells. */
async function renderBody(notebook: Notebook, { folder, link }: RenderOptions, math: PageMath): Promise<Body> {
  const contents = new Contents();
  const failed = failedCells(notebook, contents);
  const traces: string[] = [];
  let [figures, diagrams] = [0, 0];
  const page: PageContext = {
    language: languageOf(notebook),
    contents,
    math,
    failed,
    folder,
    link,
    onFigure: (figure) => {
      figures++;
      traces.push(...traceTypes(figure));
    },
    onDiagram: () => void diagrams++,
  };
  const cells: string[] = [];
  for (const [index, cell] of notebook.cells.entries()) cells.push(await renderCell(cell, index, page));
  return { body: cells.filter(Boolean).join("\n"), note: failureNote(notebook, failed), contents, math, figures, diagrams, traces };
}

async function librariesOf({ figures, diagrams, traces }: Body): Promise<Library[]> {
  const libraries: Library[] = [];
  if (figures > 0) libraries.push({ name: "plotly", packed: await plotlyScript(traces), script: figureScript });
  if (diagrams > 0) libraries.push({ name: "mermaid", packed: await mermaidScript(), script: diagramScript });
  return libraries;
}

/**
 * @returns The HTML document. Outputs are shown as they are; nothing is executed.
 * @example
 * await writeFile("a.html", await renderNotebook(await readNotebook("a.ipynb"), { name: "a.ipynb", folder: "." }))
 */
export async function renderNotebook(notebook: Notebook, options: RenderOptions = {}): Promise<string> {
  const { name = "notebook.ipynb", navigation } = options;
  const first = await renderBody(notebook, options, new PageMath());
  const again = first.math.unresolved && first.math.labels.size > 0;
  const whole = again ? await renderBody(notebook, options, new PageMath(first.math.labels)) : first;
  const { body, note, contents } = whole;
  const given = options.title ?? (typeof notebook.metadata.title === "string" ? notebook.metadata.title : undefined);
  const title = given ?? contents.title ?? name.replace(/\.ipynb$/, "");
  return renderPage({
    title,
    body: [note, contents.title === undefined ? `<h1>${escapeHtml(title)}</h1>` : "", body].filter(Boolean).join("\n"),
    contents: contents.toHtml(),
    style: await mathStyle(body),
    libraries: await librariesOf(whole),
    navigation,
    download: download(notebook, name),
  });
}
