/** Where files are on Hugging Face's hub or on a mirror of it (CAIRN_HUB, or HF_ENDPOINT as Hugging Face's own tools call it). */
import type { HubSource } from "../manifest.ts";

export function hubAddress(): string {
  return (process.env["CAIRN_HUB"] || process.env["HF_ENDPOINT"] || "https://huggingface.co").replace(/\/+$/, "");
}

export function addressOnHub(source: Pick<HubSource, "repository" | "revision" | "names">, file: string): string {
  return `${hubAddress()}/${source.repository}/resolve/${encodeURIComponent(source.revision)}/${encodeURI(source.names?.[file] ?? file)}`;
}
