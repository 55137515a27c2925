/** Whether what was found holds the answer: the whole span, in one chunk. */
import { checkArray, checkInteger, checkOptions, checkSignal } from "../../runtime/check.ts";
import { createProgress } from "../../runtime/progress.ts";
import type { Chunk } from "../chunking/chunk.ts";
import { checkRetriever } from "../retrievers/check.ts";
import type { Retriever } from "../retrievers/retriever.ts";
import type { GoldQuestion, GoldSpan } from "./gold.ts";

export interface RetrievalScores {
  /** Of the questions counted here; "all" for all of them. */
  kind: string;
  questions: number;
  /** Recall at each k: the share of the answer's parts that stand whole in one of the first k chunks, averaged over questions. */
  recall: Record<number, number>;
  /** Mean reciprocal rank of the first chunk that holds a part. */
  mrr: number;
}

const holds = (chunk: Chunk, { document, start, end }: GoldSpan): boolean =>
  chunk.document.id === document && chunk.start <= start && chunk.end >= end;

/** The place, from 0, of the first chunk that states each part of the answer; Infinity where none does. */
export function ranksOfParts(chunks: readonly Chunk[], question: GoldQuestion): number[] {
  return question.parts.map((part) => {
    const rank = chunks.findIndex((chunk) => part.some((span) => holds(chunk, span)));
    return rank < 0 ? Infinity : rank;
  });
}

/**
 * Retrieval recall by kind of question, "all" first. Questions without an answer are left out.
 *
 * @param options.ks @default [1, 3, 5, 10]
 */
export async function evaluateRetrieval(
  retriever: Retriever,
  questions: readonly GoldQuestion[],
  options: { ks?: readonly number[]; signal?: AbortSignal } = {},
): Promise<RetrievalScores[]> {
  checkRetriever("retriever", retriever);
  checkOptions("options", options, ["ks", "signal"]);
  const ks = checkArray("ks", options.ks ?? [1, 3, 5, 10], (name, k) => checkInteger(name, k, { min: 1 }), { allowEmpty: false });
  checkSignal("signal", options.signal);
  const answerable = checkArray("questions", questions, (_, question) => question as GoldQuestion).filter(({ parts }) => parts.length > 0);
  const progress = createProgress({ label: "retrieval", total: answerable.length, unit: "questions" });
  const rows: { kind: string; ranks: number[] }[] = [];
  try {
    for (const question of answerable) {
      const found = await retriever.retrieve(question.question, { topK: Math.max(...ks), signal: options.signal });
      const ranks = ranksOfParts(
        found.map(({ chunk }) => chunk),
        question,
      );
      progress.update(rows.push({ kind: question.kind, ranks }));
    }
  } finally {
    progress.close();
  }
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  return ["all", ...kinds].map((kind) => {
    const counted = rows.filter((row) => kind === "all" || row.kind === kind);
    return {
      kind,
      questions: counted.length,
      recall: recalls(counted, ks),
      mrr: mean(counted.map(({ ranks }) => 1 / (Math.min(...ranks) + 1))),
    };
  });
}

const recalls = (rows: readonly { ranks: number[] }[], ks: readonly number[]): Record<number, number> =>
  Object.fromEntries(ks.map((k) => [k, mean(rows.map(({ ranks }) => mean(ranks.map((rank) => (rank < k ? 1 : 0)))))]));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
