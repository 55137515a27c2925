/** Notebooks in nbformat 2 and 3, of IPython before 2015, as nbformat 4: after `upgrade` in Python's nbformat/v4/convert.py. */
import { isFields } from "./shape.ts";

type Fields = Record<string, unknown>;

const mimeTypes: Record<string, string> = {
  text: "text/plain",
  html: "text/html",
  svg: "image/svg+xml",
  png: "image/png",
  jpeg: "image/jpeg",
  latex: "text/latex",
  json: "application/json",
  javascript: "application/javascript",
};

const joined = (text: unknown): string => (Array.isArray(text) ? text.join("") : typeof text === "string" ? text : "");

const byMimeType = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [Object.hasOwn(mimeTypes, name) ? mimeTypes[name]! : name, value]));

/** In version 3 the JSON was a text. */
function parsed(text: unknown): unknown {
  try {
    return JSON.parse(joined(text)) as unknown;
  } catch {
    return text;
  }
}

function upgradeBundle(output: Fields, type: Fields): Fields {
  const { output_type: _, prompt_number: __, metadata, ...rest } = output;
  const data = byMimeType(rest);
  if ("application/json" in data) data["application/json"] = parsed(data["application/json"]);
  return { ...type, data, metadata: isFields(metadata) ? byMimeType(metadata) : {} };
}

function upgradeOutput(output: unknown): unknown {
  if (!isFields(output)) return output;
  const { output_type: type, prompt_number, stream = "stdout", ...rest } = output;
  if (type === "pyout") return upgradeBundle(output, { output_type: "execute_result", execution_count: prompt_number ?? null });
  if (type === "display_data") return upgradeBundle(output, { output_type: type });
  if (type === "pyerr") return { ...rest, output_type: "error" };
  if (type === "stream") return { ...rest, output_type: type, name: stream };
  return output;
}

function upgradeCode(cell: Fields): Fields {
  const { language: _, collapsed, input = "", prompt_number, outputs = [], metadata, ...rest } = cell;
  return {
    ...rest,
    source: input,
    execution_count: prompt_number ?? null,
    metadata: { ...(isFields(metadata) ? metadata : {}), ...(collapsed === undefined ? {} : { collapsed }) },
    outputs: Array.isArray(outputs) ? outputs.map(upgradeOutput) : outputs,
  };
}

function upgradeCell(cell: unknown): unknown {
  if (!isFields(cell)) return cell;
  const { cell_type: type, level = 1, ...rest } = cell;
  if (type === "code") return upgradeCode(cell);
  if (type === "html") return { ...rest, cell_type: "markdown" };
  if (type !== "heading") return cell;
  const title = joined(rest.source)
    .split(/\r\n?|\n/)
    .join(" ");
  return { ...rest, cell_type: "markdown", source: `${"#".repeat(Number(level) || 1)} ${title}` };
}

/** Worksheets, of which notebooks had one at most in practice, follow one another. */
export function upgrade(document: Fields): Fields {
  const { worksheets, metadata, nbformat: _, nbformat_minor: __, orig_nbformat: ___, ...rest } = document;
  const { name: _name, signature: _signature, ...kept } = isFields(metadata) ? metadata : ({} as Fields);
  const sheets = Array.isArray(worksheets) ? worksheets : [];
  const cells = sheets.flatMap((sheet: unknown) => (isFields(sheet) && Array.isArray(sheet.cells) ? (sheet.cells as unknown[]) : []));
  return { ...rest, nbformat: 4, nbformat_minor: 5, metadata: kept, cells: cells.map(upgradeCell) };
}
