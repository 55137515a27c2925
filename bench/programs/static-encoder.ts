/**
 * What a static encoder costs in quality, and what it saves: the handbook's questions of one language among its passages of that language, as in notebook 04, answered by
 * an encoder, by a static one distilled from it, and by BM25. `node --import tsx bench/programs/static-encoder.ts multilingual-e5-small`
 */
import { loadHandbook } from "../../kernel-helpers/data/index.ts";
import { cosineSimilarity, SentenceEncoder, StaticEncoder, type Matrix } from "../../kernel-helpers/embeddings/index.ts";
import { bootstrap, bootstrapDifference, type Estimate } from "../../kernel-helpers/rag/index.ts";
import { Bm25 } from "../../kernel-helpers/retrieval/index.ts";

const [name = "multilingual-e5-small"] = process.argv.slice(2);
const handbook = await loadHandbook();
const texts = handbook.passages.map(({ id, title, text, language }) => ({ id, language, text: `${title}. ${text}` }));
const questions = handbook.questions.filter(({ answerable, kind }) => answerable && kind !== "cross-lingual");

/** Seconds of processor time, of all threads. */
async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, seconds: (user + system) / 1e6 };
}

/** For each question the place of the first passage that answers it, from 1; Infinity where none is found. */
type Ranks = (language: string) => number[];

const ranksBy =
  (scoresOf: (question: number, passages: readonly number[]) => number[]): Ranks =>
  (language) => {
    const own = texts.flatMap((text, index) => (text.language === language ? [index] : []));
    return questions.flatMap((question, index) => {
      if (question.language !== language) return [];
      const scores = scoresOf(index, own);
      const order = Array.from(own.keys()).toSorted((one, other) => scores[other]! - scores[one]!);
      const rank = order.findIndex((at) => question.answers.some(({ passage }) => passage === texts[own[at]!]!.id));
      return [rank < 0 ? Infinity : rank + 1];
    });
  };

const ranksByVectors = (asked: Matrix, passages: Matrix): Ranks => {
  const similarity = cosineSimilarity(asked, passages);
  return ranksBy((question, own) => own.map((index) => similarity.row(question)[index]!));
};

function keywordRanks(): Ranks {
  return (language) => {
    const own = texts.filter((text) => text.language === language);
    const keywords = new Bm25(own.map(({ text }) => text));
    return questions.flatMap((question) => {
      if (question.language !== language) return [];
      const found = keywords.search(question.question, { topK: own.length });
      const rank = found.findIndex(({ index }) => question.answers.some(({ passage }) => passage === own[index]!.id));
      return [rank < 0 ? Infinity : rank + 1];
    });
  };
}

const ways: { way: string; ranks: Ranks; perSecond?: number }[] = [{ way: "BM25", ranks: keywordRanks() }];
const asked = questions.map(({ question }) => question);
const passages = texts.map(({ text }) => text);
using encoder = await SentenceEncoder.load(name, { device: "cpu" });
const announced = (prompt: string): { prompt?: string } => (prompt in encoder.prompts ? { prompt } : {});
const full = await timed(async () =>
  ranksByVectors(await encoder.encode(asked, announced("query")), await encoder.encode(passages, announced("passage"))),
);
const count = asked.length + passages.length;
ways.push({ way: name, ranks: full.result, perSecond: count / full.seconds });
const { result: fast, seconds } = await timed(() => StaticEncoder.distill(encoder));
console.log(`distilled in ${seconds.toFixed(0)} s of processor time`);
const encoded = await timed(async () => ranksByVectors(await fast.encode(asked), await fast.encode(passages)));
ways.push({ way: `static, ${fast.dimension} numbers`, ranks: encoded.result, perSecond: count / encoded.seconds });

const range = ({ mean, low, high }: Estimate): string => `${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
for (const language of ["en", "zh"]) {
  const best = ways[1]!.ranks(language).map((rank) => 1 / rank);
  for (const { way, ranks, perSecond } of ways) {
    const places = ranks(language);
    const share = (within: number): Estimate => bootstrap(places.map((rank) => Number(rank <= within)));
    const lost = bootstrapDifference(
      places.map((rank) => 1 / rank),
      best,
    );
    console.log(
      `${language}, ${places.length} questions, ${way}: hit@1 ${range(share(1))}, hit@5 ${range(share(5))}, MRR against the encoder ${range(lost)}`,
      perSecond === undefined ? "" : `${Math.round(perSecond)} texts per second of processor time`,
    );
  }
}
