/** Names of models on the hub, as llama.cpp and ollama write them: owner/name, owner/name:Q4_K_M, owner/name/file.gguf; @revision after the name. */
export interface HubName {
  /** `owner/name`. */
  repository: string;
  /** Branch, tag or commit. */
  revision?: string;
  /** Of a repository of GGUF files, such as Q4_K_M. */
  quantisation?: string;
  /** One file of it. */
  file?: string;
}

const pattern = /^(?<repository>[\w.-]+\/[\w.-]+)(?:@(?<revision>[\w./-]+?))?(?:\/(?<file>[^:@]+\.gguf)|:(?<quantisation>[\w-]+))?$/;

/** undefined where the text names nothing on the hub. */
export function parseHubName(name: string): HubName | undefined {
  const groups = pattern.exec(name)?.groups;
  if (!groups || /(^|\/)\.{1,2}(\/|$)/.test(name) || groups["repository"]!.endsWith(".gguf")) return undefined;
  const { repository, ...rest } = groups;
  return { repository: repository!, ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) };
}
