/** One annotation of GitHub Actions: a workflow command, in a line of its own on stdout. */
import { relative, resolve } from "node:path";
import { plain } from "./words.ts";

export interface Annotation {
  path: string;
  /** In the file, from 1. */
  line: number;
  title: string;
  message: string;
}

const escapeText = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const escapeProperty = (text: string): string => escapeText(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** @param root The checkout, which paths in annotations are relative to (GITHUB_WORKSPACE). */
export function annotation(level: "error" | "warning", { path, line, title, message }: Annotation, root: string): string {
  const properties = `file=${escapeProperty(relative(root, resolve(path)))},line=${line},title=${escapeProperty(title)}`;
  return `::${level} ${properties}::${escapeText(plain(message))}\n`;
}
