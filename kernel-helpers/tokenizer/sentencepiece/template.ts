/** The special tokens that a post-processor puts around a text, or a pair of texts. */
import { isPlainObject as isObject } from "../../runtime/check.ts";
import { broken, unsupported } from "../refusals.ts";

type Json = Record<string, unknown>;

/** A special token by its id, or the place of a text; and the type id of what stands there. */
export interface TemplatePart {
  what: number | "A" | "B";
  typeId: number;
}

export interface Template {
  single: readonly TemplatePart[];
  pair: readonly TemplatePart[];
}

const texts: Template = {
  single: [{ what: "A", typeId: 0 }],
  pair: [
    { what: "A", typeId: 0 },
    { what: "B", typeId: 1 },
  ],
};

/**
 * @param part The post_processor of tokenizer.json.
 * @param idOf The ids of the special tokens.
 */
export function readTemplate(part: unknown, idOf: ReadonlyMap<string, number>, file: string): Template {
  if (part === null || part === undefined) return texts;
  if (!isObject(part)) throw broken(file, "its post_processor is not an object");
  const id = (token: string): number => {
    const found = idOf.get(token);
    if (found === undefined) throw broken(file, `its post_processor names the token ${JSON.stringify(token)}, which it lacks`);
    return found;
  };
  if (part["type"] === "Sequence" && Array.isArray(part["processors"])) {
    const steps = (part["processors"] as unknown[]).filter((step) => !isObject(step) || step["type"] !== "ByteLevel");
    if (steps.length > 1) throw unsupported(file, "several post-processors");
    return readTemplate(steps[0], idOf, file);
  }
  if (part["type"] === "RobertaProcessing" || part["type"] === "BertProcessing") {
    const [cls, sep] = [part["cls"], part["sep"]].map((token) => ({ what: id(String((token as unknown[])[0])), typeId: 0 }));
    const isBert = part["type"] === "BertProcessing";
    const one = [cls!, { what: "A", typeId: 0 } as const, sep!];
    const typeId = isBert ? 1 : 0;
    const other = [{ what: "B", typeId } as const, { ...sep!, typeId }];
    return { single: one, pair: isBert ? [...one, ...other] : [...one, sep!, ...other] };
  }
  if (part["type"] !== "TemplateProcessing") throw unsupported(file, `the post-processor ${String(part["type"])}`);
  const read = (name: string): TemplatePart[] => {
    if (!Array.isArray(part[name])) throw broken(file, `its post_processor has no list ${name}`);
    return (part[name] as unknown[]).map((step) => {
      const { Sequence: sequence, SpecialToken: token } = isObject(step) ? step : {};
      if (isObject(sequence)) return { what: sequence["id"] === "B" ? "B" : "A", typeId: Number(sequence["type_id"]) };
      if (isObject(token)) return { what: id(String(token["id"])), typeId: Number(token["type_id"]) };
      throw broken(file, `its post_processor has the step ${JSON.stringify(step)}`);
    });
  };
  return { single: read("single"), pair: read("pair") };
}

/** What tokenizer.json calls TemplateProcessing. */
export function templateJson(single: readonly string[], pair: readonly string[], idOf: ReadonlyMap<string, number>): Json {
  const isText = (part: string): boolean => part === "A" || part === "B";
  const steps = (parts: readonly string[]): Json[] =>
    parts.map((id) => (isText(id) ? { Sequence: { id, type_id: 0 } } : { SpecialToken: { id, type_id: 0 } }));
  const tokens = [...new Set([...single, ...pair])].filter((part) => !isText(part));
  return {
    type: "TemplateProcessing",
    single: steps(single),
    pair: steps(pair),
    special_tokens: Object.fromEntries(tokens.map((id) => [id, { id, ids: [idOf.get(id)], tokens: [id] }])),
  };
}

/** Puts the ids of one text or two into their places. */
export function fillTemplate(
  template: Template,
  first: ArrayLike<number>,
  second: ArrayLike<number> | undefined,
): { ids: Uint32Array; typeIds: Uint8Array } {
  const ids: number[] = [];
  const typeIds: number[] = [];
  for (const { what, typeId } of second ? template.pair : template.single) {
    const put: ArrayLike<number> = typeof what === "number" ? [what] : what === "A" ? first : second!;
    for (let at = 0; at < put.length; at++) {
      ids.push(put[at]!);
      typeIds.push(typeId);
    }
  }
  return { ids: Uint32Array.from(ids), typeIds: Uint8Array.from(typeIds) };
}
