/** Where files are on Hugging Face's hub or on a mirror of it (CAIRN_HUB, or HF_ENDPOINT as Hugging Face's own tools call it). */
import type { Request } from "./answer.ts";
import type { HubSource } from "./manifest.ts";

export function hubAddress(): string {
  return (process.env["CAIRN_HUB"] || process.env["HF_ENDPOINT"] || "https://huggingface.co").replace(/\/+$/, "");
}

export function addressOnHub(source: HubSource, file: string): string {
  return `${hubAddress()}/${source.repository}/resolve/${source.revision}/${encodeURI(source.names?.[file] ?? file)}`;
}

/** The reader's token (HF_TOKEN), for repositories that are private or whose licence has to be accepted. fetch does not hand it on to other hosts. */
export function hubRequest(_repository: string): Pick<Request, "headers" | "refusal"> {
  const token = process.env["HF_TOKEN"];
  return { headers: token ? { authorization: `Bearer ${token}` } : {} };
}
