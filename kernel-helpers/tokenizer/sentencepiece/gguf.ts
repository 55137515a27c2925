/** The tokenizer within a GGUF file of the kinds llama (BPE with scores) and t5 (Unigram), as the tokenizer.json that it would have. */
import { ggufKind, ggufList, ggufTokens, ggufValue, refused, type GgufFields } from "../gguf-fields.ts";
import { space } from "./spaces.ts";
import { templateJson } from "./template.ts";

/** By the ends of texts that a file may name. */
const ends = ["bos", "eos"] as const;

/** Whether llama.cpp puts the token around texts where the file does not say. */
const putByItself = { llama: { bos: true, eos: false }, t5: { bos: false, eos: true } };

/**
 * @param file Named in errors.
 * @returns The content of a tokenizer.json, without merges; and the scores by id.
 * @throws {FormatError} A damaged file. Facts: file.
 */
export function ggufContent(
  fields: GgufFields,
  kind: "llama" | "t5",
  file: string,
): { content: Record<string, unknown>; scores: number[] } {
  const { tokens, kinds } = ggufTokens(fields, file);
  const scores = ggufList(fields, "scores", file).map(Number);
  if (scores.length !== tokens.length) throw refused(file, `${tokens.length} tokens with ${scores.length} scores`);
  const isAdded = (token: number): boolean => kinds[token] === ggufKind.control || kinds[token] === ggufKind.userDefined;
  const unk = Number(ggufValue(fields, "unknown_token_id") ?? kinds.indexOf(ggufKind.unknown));
  const addedTokens = tokens.flatMap((content, id) =>
    (isAdded(id) || id === unk) && content !== "" ? [{ id, content, special: kinds[id] !== ggufKind.userDefined }] : [],
  );
  const idOf = new Map(addedTokens.map(({ id, content }) => [content, id]));
  const [bos, eos] = ends.map((end) => {
    const token = tokens[Number(ggufValue(fields, `${end}_token_id`))];
    const isPut = ggufValue(fields, `add_${end}_token`) ?? putByItself[kind][end];
    return isPut === true && token !== undefined && idOf.has(token) ? [token] : [];
  });
  const prepends = ggufValue(fields, "add_space_prefix") !== false;
  const hasBytes = kinds.includes(ggufKind.byte);
  const text = tokens.map((token, id) => [token, id] as const);
  return {
    content: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: addedTokens.map((token) => ({ single_word: false, lstrip: false, rstrip: false, normalized: false, ...token })),
      ...(kind === "llama" ? llamaSpaces(prepends) : unigramSpaces(fields, prepends, file)),
      post_processor: templateJson([...bos!, "A", ...eos!], [...bos!, "A", ...eos!, ...bos!, "B", ...eos!], idOf),
      model:
        kind === "llama"
          ? { type: "BPE", unk_token: tokens[unk] ?? null, fuse_unk: true, byte_fallback: hasBytes, vocab: Object.fromEntries(text) }
          : { type: "Unigram", unk_id: unk, byte_fallback: hasBytes, vocab: text.map(([token, id]) => [token, scores[id]]) },
    },
    scores,
  };
}

/** llama.cpp keeps all spaces, and puts one before each text. */
function llamaSpaces(prepends: boolean): Record<string, unknown> {
  const drawn = { type: "Replace", pattern: { String: " " }, content: space };
  return {
    normalizer: prepends ? { type: "Sequence", normalizers: [{ type: "Prepend", prepend: space }, drawn] } : drawn,
    pre_tokenizer: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: space }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(prepends ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
  };
}

function unigramSpaces(fields: GgufFields, prepends: boolean, file: string): Record<string, unknown> {
  const charsmap = ggufValue(fields, "precompiled_charsmap") === undefined ? [] : ggufList(fields, "precompiled_charsmap", file);
  const metaspace = { type: "Metaspace", replacement: space, prepend_scheme: prepends ? "always" : "never", split: true };
  const removesSpaces = ggufValue(fields, "remove_extra_whitespaces") !== false;
  return {
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...(charsmap.length > 0
          ? [{ type: "Precompiled", precompiled_charsmap: Buffer.from(charsmap as number[]).toString("base64") }]
          : []),
        ...(removesSpaces ? [{ type: "Strip", strip_left: true, strip_right: true }] : []),
        ...(removesSpaces ? [{ type: "Replace", pattern: { Regex: " {2,}" }, content: " " }] : []),
      ],
    },
    pre_tokenizer: metaspace,
    decoder: metaspace,
  };
}
