/**
 * Rich output from any module, in whichever kernel runs the cell. Cairn's own kernel takes a whole MIME bundle; stock tslab sends one
 * MIME type a message, so it gets the richest that every program shows; outside a kernel the plain text is printed.
 */

/** MIME type → data, as in Jupyter's display_data message. Give a "text/plain" always: it is what a terminal and a screen reader get. */
export type MimeBundle = Record<string, unknown>;

export interface DisplayOptions {
  /** By MIME type, what a notebook keeps beside the data: the width of a picture, whether JSON is unfolded. */
  metadata?: Record<string, unknown>;
  /** Names the output, so that a later call can replace it. */
  displayId?: string;
  /** Replace the output of that displayId instead of adding one. */
  update?: boolean;
}

interface KernelBridge {
  display(bundle: MimeBundle, options: DisplayOptions): void;
}

interface StockTslab {
  display: { raw(mime: string, data: unknown): void };
}

const globals = globalThis as { __cairn__?: KernelBridge; __tslab__?: { require(id: string): StockTslab } };

/**
 * Stock tslab shows one type only; the first of these that the bundle has. A figure is its picture there: of Plotly's type alone, programs that do
 * not know it (GitHub, nbconvert, JupyterLab without its extension) would show nothing; the same goes for application/json.
 */
const richestFirst = ["text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/plain"];

/** Whether the code runs in a notebook kernel that can show more than text. */
export function insideKernel(): boolean {
  return globals.__cairn__ !== undefined || globals.__tslab__ !== undefined;
}

/** Shows a MIME bundle in the running cell. */
export function display(bundle: MimeBundle, options: DisplayOptions = {}): void {
  if (globals.__cairn__) return globals.__cairn__.display(bundle, options);
  if (globals.__tslab__ && !options.update) {
    const mime = richestFirst.find((type) => type in bundle);
    if (mime) return globals.__tslab__.require("tslab").display.raw(mime, bundle[mime]);
  }
  const text = bundle["text/plain"];
  if (!options.update && typeof text === "string") console.log(text);
}
