/** Which files of a repository make up the model that was asked for. */
import { ArgumentError, UnavailableError } from "../../errors.ts";
import type { HubName } from "./name.ts";

/** What llama.cpp and ollama take where no quantisation is named. */
const usualQuantisation = "Q4_K_M";

/** Beside the weights: configuration, tokenizer, chat template; of sentence encoders, how they pool. */
const besides = /^[^/]+\.(json|jinja|model)$|^(merges|vocab)\.txt$|^\d_\w+\/config\.json$/;

const shardOf = /-\d{5}-of-\d{5}(?=\.\w+$)/;

/**
 * A named file; else those that `files` names, where `*` stands for anything; else one quantisation of a repository of GGUF files; else the safetensors with
 * what belongs to them.
 */
export function pickFiles(name: HubName, files: readonly string[] | undefined, available: readonly string[]): string[] {
  const { repository, file, quantisation } = name;
  if (files !== undefined) return named(repository, files, available);
  if (file !== undefined) return named(repository, [file], available);
  const ggufs = available.filter((path) => path.endsWith(".gguf") && !/mmproj/i.test(path)); // mmproj: the eyes of a model that sees
  const weights = safetensorsOf(available);
  if (quantisation === undefined && weights.length > 0) return [...weights, ...available.filter((path) => besides.test(path))].toSorted();
  const wanted = quantisation ?? usualQuantisation;
  const found = ggufs.filter((path) => isOf(path, wanted));
  if (found.length > 0) return firstWhole(found);
  if (quantisation === undefined && new Set(ggufs.map(withoutShard)).size === 1) return ggufs;
  if (ggufs.length > 0) {
    throw new ArgumentError(`${repository} has no GGUF file of ${wanted}`, {
      hint: `name one of its files: ${ggufs.map((path) => `"${repository}/${path}"`).join(", ")}`,
      facts: { argument: "name", value: wanted, expected: ggufs },
    });
  }
  throw new UnavailableError(`${repository} has neither safetensors nor GGUF files`, {
    hint: `it has ${available.slice(0, 12).join(", ")}${available.length > 12 ? ", …" : ""}`,
    facts: { repository, files: available },
  });
}

function named(repository: string, files: readonly string[], available: readonly string[]): string[] {
  const picked = files.map((file) => {
    const like = new RegExp(`^${file.split("*").map(escape).join(".*")}$`);
    const found = available.filter((path) => like.test(path));
    if (found.length > 0) return found;
    throw new ArgumentError(`${repository} has no file ${file}`, {
      hint: `it has ${available.join(", ")}`,
      facts: { argument: "files", value: file, expected: available },
    });
  });
  return [...new Set(picked.flat())].toSorted();
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const withoutShard = (path: string): string => path.replace(shardOf, "");

/** model.Q4_K_M.gguf, model-q4_k_m.gguf, Q4_K_M/model-00001-of-00002.gguf. */
function isOf(path: string, quantisation: string): boolean {
  const words = withoutShard(path)
    .replace(/\.gguf$/, "")
    .toLowerCase();
  return words.split(/[/.-]/).includes(quantisation.toLowerCase());
}

/** Where several files are of one quantisation, the first in the repository's order with all its shards. */
function firstWhole(paths: readonly string[]): string[] {
  const [first] = paths;
  return paths.filter((path) => withoutShard(path) === withoutShard(first!));
}

/** Whole or in shards, or an adapter; not the copies that some repositories have under other names. */
function safetensorsOf(available: readonly string[]): string[] {
  for (const like of [
    /^model\.safetensors$/,
    /^model-\d{5}-of-\d{5}\.safetensors$/,
    /^adapter_model\.safetensors$/,
    /^[^/]+\.safetensors$/,
  ]) {
    const found = available.filter((path) => like.test(path));
    if (found.length > 0) return found;
  }
  return [];
}
