/** A cell's outputs as they are compared: standard output as one text, then each representation of each value or figure. */
import { stripVTControlCharacters } from "node:util";
import { isJson, type MimeBundle, type Output } from "../nbformat/index.ts";
import { pictureOf, type Picture } from "./picture.ts";

export type Shown =
  /** `type` is "stdout", "stderr", "error", or a MIME type. JSON stands as text with a line for each field. */
  { type: string; text: string; picture?: undefined } | { type: string; picture: Picture; text?: undefined };

const isPicture = (type: string): boolean => /^image\/(?!svg)/.test(type);
const widget = "application/vnd.jupyter.widget-view+json";

/** What a stream wrote between figures, or before and after the other stream did, is one text: how it is divided is chance. */
export function shownOf(outputs: readonly Output[]): Shown[] {
  const stream = (name: "stdout" | "stderr"): Shown[] => {
    const text = outputs.map((output) => (output.output_type === "stream" && output.name === name ? output.text : "")).join("");
    return text === "" ? [] : [{ type: name, text: stripVTControlCharacters(text) }];
  };
  return [...stream("stdout"), ...stream("stderr"), ...outputs.flatMap(valueOf)];
}

function valueOf(output: Output): Shown[] {
  if (output.output_type === "stream") return [];
  if (output.output_type === "error") return [{ type: "error", text: stripVTControlCharacters(`${output.ename}: ${output.evalue}`) }];
  return bundleOf(output.data);
}

/** A picture that stands beside the figure's own data is made from it, and is passed over. */
function bundleOf(data: MimeBundle): Shown[] {
  const hasData = Object.keys(data).some((type) => isJson(type) && type !== widget);
  return Object.entries(data)
    .filter(([type]) => type !== widget && !(hasData && type.startsWith("image/")))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([type, value]): Shown => {
      if (isJson(type)) return { type, text: jsonText(value) };
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return isPicture(type) ? { type, picture: pictureOf(type, text) } : { type, text: stripVTControlCharacters(text) };
    });
}

const isFlat = (value: unknown): boolean => typeof value !== "object" || value === null;

/** JSON with a line for each field, keys in order; a list of numbers and texts stays on one line. */
export function jsonText(value: unknown, indent = ""): string {
  if (isFlat(value)) return JSON.stringify(value) ?? "null";
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every(isFlat)) return `[${value.map((each) => JSON.stringify(each) ?? "null").join(", ")}]`;
    return `[\n${value.map((each) => deeper + jsonText(each, deeper)).join(",\n")}\n${indent}]`;
  }
  const fields = Object.entries(value as object).filter(([, each]) => each !== undefined);
  if (fields.length === 0) return "{}";
  const lines = fields
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, each]) => `${deeper}${JSON.stringify(key)}: ${jsonText(each, deeper)}`);
  return `{\n${lines.join(",\n")}\n${indent}}`;
}
