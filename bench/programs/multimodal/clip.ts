/**
 * Two towers learn pictures and captions of the rendered world; recall on combinations of colour, shape, count and relation that they have not seen, in English and
 * Chinese, beside what is found without looking; and what is taken for what. `node --import tsx bench/programs/multimodal/clip.ts near 320 1 2`: which negatives,
 * steps, and the seeds.
 */
import {
  captionOf,
  drawCombination,
  recallAt,
  RgbImage,
  splitCombinations,
  worldClip,
  type Combination,
} from "../../../kernel-helpers/multimodal/index.ts";
import { learn } from "./towers.ts";

const [negatives = "near", steps = "320", ...seeds] = process.argv.slice(2);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

console.log(
  "| seed | negatives | s of processor time | R@1 en | R@1 zh | R@5 en | captions to pictures, en | blind | untrained | 1 / temperature |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
const confusions: string[] = [];
for (const seed of seeds.length === 0 ? [1] : seeds.map(Number)) {
  const { seen, unseen } = splitCombinations({ share: 0.2, seed });
  const clip = worldClip({ seed });
  const pictures = unseen.map((combination, index) => drawCombination(combination, 7_000_000 + index));
  const [en, zh] = [unseen.map((each) => captionOf(each, "en")), unseen.map((each) => captionOf(each, "zh"))];
  const untrained = recallAt(1, clip.embedImages(pictures), clip.embedTexts(en));
  const seconds = await learn(clip, seen, { seed, steps: Number(steps), negatives: negatives as "near" | "random" });
  const images = clip.embedImages(pictures);
  const [english, mandarin] = [clip.embedTexts(en), clip.embedTexts(zh)];
  const blank = new RgbImage(new Uint8Array(48 * 48 * 3).fill(230), { width: 48, height: 48 });
  const nothing = clip.embedImages([blank])[0]!;
  const blind = recallAt(1, unseen.map(() => nothing), english); // prettier-ignore
  const figures = [
    recallAt(1, images, english),
    recallAt(1, images, mandarin),
    recallAt(5, images, english),
    recallAt(1, english, images),
    blind,
    untrained,
  ];
  const scale = Math.exp((clip.logScale.data as Float32Array)[0]!).toFixed(1);
  console.log(`| ${[seed, negatives, seconds.toFixed(0), ...figures.map(percent), scale].join(" | ")} |`);
  confusions.push(...tallied(seed, unseen, images, english));
  clip.close();
}
console.log("\n| seed | what the nearest caption has wrong, en | pictures |\n| --- | --- | --- |");
console.log(confusions.join("\n"));

function tallied(seed: number, shown: readonly Combination[], images: readonly Float32Array[], texts: readonly Float32Array[]): string[] {
  const tally = new Map<string, number>();
  for (const [index, image] of images.entries()) {
    const scores = texts.map((text) => text.reduce((sum, each, at) => sum + each * image[at]!, 0));
    const what = difference(shown[index]!, shown[scores.indexOf(Math.max(...scores))]!);
    tally.set(what, (tally.get(what) ?? 0) + 1);
  }
  return [...tally].sort((one, other) => other[1] - one[1]).map(([what, count]) => `| ${seed} | ${what} | ${count} of ${images.length} |`);
}

/** Which attributes two combinations differ in; "order" and "binding": the same things, otherwise put together. */
function difference(one: Combination, other: Combination): string {
  if (one === other) return "nothing";
  if (one.type !== other.type) return "counted or related";
  const kinds = (each: Combination): { colour: string; shape: string }[] =>
    each.type === "count" ? [each.kind] : [each.first, each.second];
  const [ours, theirs] = [kinds(one), kinds(other)];
  const found: string[] = [];
  if (one.type === "count" && other.type === "count" && one.count !== other.count) found.push("count");
  if (one.type === "relation" && other.type === "relation" && one.relation !== other.relation) found.push("relation");
  const key = (list: readonly string[]): string => list.join();
  const isTurned =
    ours.length === 2 &&
    key([...theirs].reverse().map(({ colour, shape }) => colour + shape)) === key(ours.map(({ colour, shape }) => colour + shape));
  if (isTurned) return [...found, "order"].join(" and ");
  const moved: string[] = [];
  for (const attribute of ["colour", "shape"] as const) {
    const [a, b] = [ours.map((kind) => kind[attribute]), theirs.map((kind) => kind[attribute])];
    if (key(a) === key(b)) continue;
    if (key([...a].sort()) === key([...b].sort())) moved.push(attribute);
    else found.push(attribute);
  }
  if (moved.length > 0) found.push("binding");
  return found.join(" and ");
}
