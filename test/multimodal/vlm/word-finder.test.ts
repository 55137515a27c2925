import { expect, test } from "vitest";
import { Llama } from "../../../kernel-helpers/llm/index.ts";
import { Projector, seeingBatch, type SeeingBatch } from "../../../kernel-helpers/multimodal/index.ts";
import { tellingTokens, WordFinder } from "../../../kernel-helpers/multimodal/vlm/word-finder.ts";
import { AdamW } from "../../../kernel-helpers/optim/index.ts";
import { tensor } from "../../../kernel-helpers/tensor/index.ts";
import { train } from "../../../kernel-helpers/train/index.ts";
import { tinyLlama } from "../../llm/tiny-llama.ts";

const llama = new Llama(tinyLlama());
const width = llama.config.width;
/** What can be at a place, each a direction of the tower's, and the tokens of its word. */
const words = [9, 10, 11, 12];

/** Images of two places each; what is said of them names what is at both, and not where. */
function imagesOf(...places: readonly (readonly [number, number])[]): SeeingBatch {
  const image = new Float32Array(places.length * 2 * words.length);
  places.flat().forEach((thing, place) => (image[place * words.length + thing] = 1));
  const rows = places.map((things) => [
    { prompt: [5], answer: things.toSorted((one, other) => one - other).map((thing) => words[thing]!) },
  ]);
  return seeingBatch([2], tensor(image, { shape: [places.length, 2, words.length] }), rows, { tokens: 2, answers: 2 });
}

test("of a word that is said of an image one place has to have it, of another none", () => {
  const finder = new WordFinder(new Projector(words.length, width, { seed: 1 }), words, { seed: 1 });
  const batch = imagesOf([0, 3], [2, 1]);
  const found = finder.words.forward(finder.first.forward(batch.image).gelu()).toArray() as number[][][];
  const said = [[1, 0, 0, 1], [0, 1, 1, 0]]; // prettier-ignore
  const apart = found.flatMap((places, image) => words.map((_, word) => (Math.max(...places.map((place) => place[word]!)) - said[image]![word]!) ** 2)); // prettier-ignore
  const all = found.flat(2).map((each) => each ** 2);
  const mean = (list: readonly number[]): number => list.reduce((sum, each) => sum + each, 0) / list.length;
  expect(finder.loss(batch).item()).toBeCloseTo(mean(apart) + 0.02 * mean(all), 5);
});

test("from what is said of whole images it learns what is where, in pairs that were never together, and the projector says it in the model's words", async () => {
  const projector = new Projector(words.length, width, { seed: 2 });
  const finder = new WordFinder(projector, words, { seed: 2 });
  const seen = imagesOf([0, 1], [1, 2], [2, 3], [3, 0], [1, 0], [3, 2]);
  await train({ model: finder, optimizer: new AdamW(finder.parameters(), { learningRate: 1e-2 }), loss: (m, b) => m.loss(b), batches: [seen], epochs: 150, show: false }); // prettier-ignore
  finder.teach(projector, llama);
  const unseen = imagesOf([0, 2], [3, 1]);
  const found = finder.words.forward(finder.first.forward(unseen.image).gelu()).toArray() as number[][][];
  expect(found.map((places) => places.map((place) => place.indexOf(Math.max(...place))))).toEqual([[0, 2], [3, 1]]); // prettier-ignore

  const table = llama.model.embed_tokens.weight.toArray() as number[][];
  const mean = table[0]!.map((_, at) => table.reduce((sum, row) => sum + row[at]!, 0) / table.length);
  const [[vector]] = projector.forward(unseen.image).toArray() as [[number[]]];
  for (const [at, each] of vector.entries())
    expect(each).toBeCloseTo(mean[at]! + words.reduce((sum, id, word) => sum + found[0]![0]![word]! * (table[id]![at]! - mean[at]!), 0), 4);
});

test("what is said of all images tells none apart", () => {
  expect(tellingTokens([[5, 9, 2], [5, 10, 10, 2], [5, 9, 10, 2]])).toEqual([9, 10]); // prettier-ignore
});
