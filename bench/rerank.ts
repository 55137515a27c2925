/**
 * Whether a reranker that is trained here pays: a cross-encoder learns from the handbook's questions, and puts the first 20 of BM25 with multilingual-e5-small into a new order,
 * for questions about topics that it has not seen. `node --import tsx bench/rerank.ts all-MiniLM-L6-v2 2`: what it begins from, a name or a folder, and the passes.
 */
import { cpuUsage } from "node:process";
import { handbookParts, loadCatalogue, loadHandbook, type Passage, type Question } from "../kernel-helpers/data/index.ts";
import {
  groupLoss,
  rankingBatches,
  SentenceEncoder,
  TrainableCrossEncoder,
  type RankingExample,
} from "../kernel-helpers/embeddings/index.ts";
import { createRandom } from "../kernel-helpers/nn/index.ts";
import { AdamW, warmupCosine } from "../kernel-helpers/optim/index.ts";
import {
  bootstrap,
  bootstrapDifference,
  chunk,
  DenseRetriever,
  handbookGold,
  HybridRetriever,
  KeywordRetriever,
  RerankedRetriever,
  type Estimate,
  type Reranker,
  type Retriever,
} from "../kernel-helpers/rag/index.ts";
import { train } from "../kernel-helpers/train/index.ts";

const [base = "all-MiniLM-L6-v2", passes = "2"] = process.argv.slice(2);
const handbook = await loadHandbook();
const { passages } = handbook;
const { partOf, topicOf, questions } = handbookParts(handbook);
const { products } = await loadCatalogue();
const passageOf = new Map(passages.map((passage) => [passage.id, passage]));
const toLearn = passages.filter(({ id }) => partOf(id) === "train");

const chunks = handbookGold(handbook).documents.flatMap((document) => chunk(document, { by: "document" }));
using e5 = await SentenceEncoder.load("multilingual-e5-small", { device: "cpu" });
await using dense = await DenseRetriever.create(chunks, e5);
const hybrid = new HybridRetriever([new KeywordRetriever(chunks), dense], { depth: 20 });

const random = createRandom(15);
const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)]!;
const some = (count: number, draw: () => string): string[] => Array.from({ length: count }, draw);
const sentencesOf = (text: string): string[] => text.split(/(?<=[.。;；!?！？])\s*/).filter((sentence) => sentence !== "");
const titled = ({ title, text }: Passage): string[] => sentencesOf(text).map((sentence) => `${title}. ${sentence}`);

/** A sentence that answers against sentences of what the search finds instead, and against any others. */
async function ofQuestion(question: Question): Promise<RankingExample[]> {
  const own = new Set(question.answers.map(({ passage }) => topicOf(passage)));
  const found = await hybrid.retrieve(question.question, { topK: 20 });
  const others = found.map(({ chunk: { document } }) => document.id).filter((id) => partOf(id) === "train" && !own.has(topicOf(id)));
  return question.answers.flatMap(({ passage, text }) => {
    const { language } = passageOf.get(passage)!;
    const positive = titled(passageOf.get(passage)!).find((sentence) => sentence.includes(text));
    if (positive === undefined) return []; // an answer of two sentences
    const hard = others.slice(0, 5).map((id) => pick(titled(passageOf.get(id)!)));
    const strangers = toLearn.filter((one) => one.language === language && !own.has(topicOf(one.id)));
    const example = { query: question.question, positive, negatives: [...hard, ...some(4, () => pick(titled(pick(strangers))))] };
    return language === question.language ? [example, example] : [example];
  });
}

/** What belongs together without anybody having asked: a title and a sentence, a product and its description. */
function ofTexts(): RankingExample[] {
  const ofPassages = toLearn.map(({ id, language, title, text }) => {
    const strangers = toLearn.filter((one) => one.language === language && topicOf(one.id) !== topicOf(id));
    return { query: title, positive: pick(sentencesOf(text)), negatives: some(6, () => pick(sentencesOf(pick(strangers).text))) };
  });
  const ofProducts = products
    .filter((_, index) => index % 4 === 0)
    .flatMap((product) => {
      const others = products.filter((one) => one !== product);
      return [
        { query: product.nameZh, positive: product.descriptionZh, negatives: some(6, () => pick(others).descriptionZh) },
        { query: product.name, positive: product.description, negatives: some(6, () => pick(others).description) },
      ];
    });
  return [...ofPassages, ...ofProducts];
}

const judge = await TrainableCrossEncoder.load(base, { seed: 1 });
const examples: RankingExample[] = [];
for (const question of questions.train) examples.push(...(await ofQuestion(question)));
examples.push(...ofTexts());
const batches = rankingBatches(judge, examples, { queries: 4, negatives: 3, length: 56, seed: 1 });
const steps = Number(passes) * batches.length;
const layers = Object.fromEntries(Object.entries(judge.network.parameters()).filter(([name]) => !name.includes("_embeddings")));
const before = cpuUsage();
await train({
  model: judge.network,
  optimizer: new AdamW(layers, { learningRate: warmupCosine({ peak: 1.5e-4, warmup: 5, steps }), weightDecay: 0.01 }),
  loss: (network, { ids, segments, mask }) => groupLoss(network.forward(ids!, segments!, mask!).reshape([4, 4])),
  batches,
  steps,
  clip: 1,
});
const { user, system } = cpuUsage(before);
console.log(`${examples.length} groups, ${steps} steps: ${((user + system) / 1e6).toFixed(0)} s of processor time`);

using compiled = await judge.compile({ device: "cpu" });
const known = new Map<string, number[]>();
/** A passage is as good as its best sentence, for sentences are what was learnt from. */
const bestSentence: Reranker = {
  name: "best sentence",
  async rerank(query, texts) {
    const rows = texts.flatMap((text, at) => {
      const passage = passages.find((one) => text.endsWith(one.text))!;
      return titled(passage).map((sentence) => ({ at, sentence }));
    });
    const scores = known.get(query) ?? Array.from(await compiled.rerank(query, rows.map(({ sentence }) => sentence))); // prettier-ignore
    known.set(query, scores);
    return texts.map((_, at) => Math.max(...scores.filter((_score, row) => rows[row]!.at === at)));
  },
};
const reranked = new RerankedRetriever(hybrid, bestSentence, { depth: 20 });
const ways: Record<string, Retriever> = {
  "BM25 + dense": hybrid,
  reranked,
  "both orders, fused": new HybridRetriever([hybrid, reranked], { depth: 20 }),
};
const range = ({ mean, low, high }: Estimate): string => `${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
for (const language of ["zh", "en"] as const) {
  const asked = questions.test.filter((question) => question.language === language);
  const came: number[] = [];
  for (const [way, retriever] of Object.entries(ways)) {
    const ranks: number[] = [];
    for (const { question, answers } of asked) {
      const found = await retriever.retrieve(question, { topK: 20 });
      ranks.push(1 + found.findIndex(({ chunk: { document } }) => answers.some(({ passage }) => passage === document.id)));
    }
    const reciprocal = ranks.map((rank) => (rank > 0 ? 1 / rank : 0));
    if (came.length === 0) came.push(...reciprocal);
    console.log(
      `${language}, ${asked.length} questions, ${way}: hit@1 ${range(bootstrap(ranks.map((rank) => Number(rank === 1))))},`,
      `MRR ${range(bootstrap(reciprocal))}, against the first ${range(bootstrapDifference(reciprocal, came))}`,
    );
  }
}
