/**
 * What a place's token tells of its place: words are found in it by the first lesson of a projector (`learns: "words"`), from captions alone, once in the tokens before the
 * tower's last block and once in those after it. On pictures of unseen combinations: at how many of the places where something is the strongest colour and the strongest
 * shape are the right ones, and how much of a colour is found where nothing is. `node --import tsx bench/programs/multimodal/places.ts 1000 600 1`: steps of the towers, of
 * the lesson, seed.
 */
import { loadBase } from "../../../kernel-helpers/llm/index.ts";
import { captionOf, drawCombination, Projector, splitCombinations, worldLessons, type Combination, type RgbImage, type SeeingBatch, type WorldKind } from "../../../kernel-helpers/multimodal/index.ts"; // prettier-ignore
import { lessonBatches } from "../../../kernel-helpers/multimodal/vlm/lessons.ts";
import { tellingTokens, WordFinder } from "../../../kernel-helpers/multimodal/vlm/word-finder.ts";
import { colours, shapes } from "../../../kernel-helpers/multimodal/world/combinations.ts";
import { AdamW, warmupCosine } from "../../../kernel-helpers/optim/index.ts";
import { jit, type Tensor } from "../../../kernel-helpers/tensor/index.ts";
import { train } from "../../../kernel-helpers/train/index.ts";
import { learntClip, stopwatch } from "./towers.ts";

const [clipSteps = 1000, steps = 600, seed = 1] = process.argv.slice(2).map(Number);
const { seen, unseen } = splitCombinations({ share: 0.2, seed });
const clip = await learntClip(seen, { seed, steps: clipSteps, negatives: "near" });
const { tokenizer, weights } = await loadBase("SmolLM2-135M-Instruct", "lora", undefined);
const described = worldLessons(seen, { about: "captions", count: 2 * seen.length, counted: 0.3, seed });
const ids = tellingTokens(described.map(({ turns }) => [...tokenizer.encode(turns[0]!.answer)]));
const last = jit((tokens: Tensor) => clip.image.norm.forward(clip.image.blocks.at(-1)!.forward(tokens)));

console.log(
  "| tokens | s of processor time | right colour | right shape | most of a colour where nothing is |\n| --- | --- | --- | --- | --- |",
);
for (const [name, tokensOf] of [
  ["before the last block", (tokens: Tensor) => tokens],
  ["after it", last],
] as const) {
  const seconds = stopwatch();
  const finder = new WordFinder(new Projector(clip.options.width, weights.config.width, { seed }), ids, { seed });
  const batches = lessonBatches(described, { clip, tokenizer, batchSize: 64, seed });
  await train<WordFinder, SeeingBatch>({
    model: finder,
    optimizer: new AdamW(finder.parameters(), { learningRate: warmupCosine({ peak: 2e-3, warmup: 10, steps }), weightDecay: 0.01 }),
    loss: (model, batch) => model.loss(batch),
    batches: function* (epoch: number): Generator<SeeingBatch> {
      for (const batch of batches(epoch)) yield { ...batch, image: tokensOf(batch.image) };
    },
    steps,
    clip: 1,
    show: false,
  });
  const tally = { things: 0, colour: 0, shape: 0, empty: 0, stray: 0 };
  const find = jit((tokens: Tensor) => finder.words.forward(finder.first.forward(tokens).gelu()));
  for (const [index, combination] of unseen.entries()) {
    const picture = drawCombination(combination, 7_000_000 + index);
    const found = (find(tokensOf(clip.imageTokens([picture]))).toArray() as number[][][])[0]!;
    for (const [place, kind] of kindsIn(picture, combination).entries()) {
      const [colour, shape] = [strongest(found[place]!, colours), strongest(found[place]!, shapes)];
      if (kind) {
        tally.things++;
        tally.colour += Number(colour.word === kind.colour);
        tally.shape += Number(shape.word === kind.shape);
      } else {
        tally.empty++;
        tally.stray += colour.amount;
      }
    }
  }
  find.close();
  const { things, colour, shape, empty, stray } = tally;
  const percent = (part: number): string => `${((100 * part) / things).toFixed(1)} %`;
  console.log(`| ${[name, seconds().toFixed(0), percent(colour), percent(shape), (stray / empty).toFixed(2)].join(" | ")} |`);
}
last.close();
clip.close();

/** Of some words, the one of which there is most at a place, in the singular or the plural. */
function strongest<Word extends string>(amounts: readonly number[], words: readonly Word[]): { word: Word; amount: number } {
  const amountOf = (text: string): number => Math.max(...[...tokenizer.encode(text)].map((id) => amounts[ids.indexOf(id)] ?? -Infinity));
  const all = words.map((word) => ({ word, amount: Math.max(amountOf(` ${word}`), amountOf(` ${word}${word === "cross" ? "es" : "s"}`)) }));
  return all.sort((one, other) => other.amount - one.amount)[0]!;
}

/** What is at each place, row by row: where there is colour, the kinds of the caption in their order. */
function kindsIn({ data, width }: RgbImage, combination: Combination): (WorldKind | undefined)[] {
  const left = combination.type === "count" ? Array<WorldKind>(combination.count).fill(combination.kind) : [combination.first, combination.second]; // prettier-ignore
  const side = width / 3;
  const kinds = Array.from({ length: 9 }, (_, place) => {
    let coloured = 0;
    for (let at = 0; at < side * side; at++) {
      const pixel = (Math.floor(place / 3) * side + Math.floor(at / side)) * width + (place % 3) * side + (at % side);
      const channels = data.subarray(3 * pixel, 3 * pixel + 3);
      coloured += Number(Math.max(...channels) - Math.min(...channels) > 70);
    }
    return coloured < 25 ? undefined : left.shift();
  });
  if (left.length > 0) throw new Error(`not all of ${captionOf(combination, "en")} was found in its picture`);
  return kinds;
}
