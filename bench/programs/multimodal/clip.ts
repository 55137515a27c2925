/**
 * Two towers learn pictures and captions of the rendered world in one or two minutes; recall on combinations of colour, shape, count and relation that they have not
 * seen, in English and Chinese, beside what is found without looking. `node --import tsx bench/programs/multimodal/clip.ts 240 1 2`: steps, and the seeds.
 */
import { captionOf, drawCombination, recallAt, RgbImage, splitCombinations } from "../../../kernel-helpers/multimodal/index.ts";
import { learn, newClip } from "./towers.ts";

const [steps = "240", ...seeds] = process.argv.slice(2);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

console.log("| seed | s of processor time | R@1 en | R@1 zh | R@1 of captions to pictures, en | blind | untrained | 1 / temperature |");
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const seed of seeds.length === 0 ? [1] : seeds.map(Number)) {
  const { seen, unseen } = splitCombinations({ share: 0.2, seed });
  const clip = newClip(seed);
  const pictures = unseen.map((combination, index) => drawCombination(combination, 7_000_000 + index));
  const [en, zh] = [unseen.map((each) => captionOf(each, "en")), unseen.map((each) => captionOf(each, "zh"))];
  const untrained = recallAt(1, clip.embedImages(pictures), clip.embedTexts(en));
  const seconds = await learn(clip, seen, Number(steps), seed);
  const images = clip.embedImages(pictures);
  const [english, mandarin] = [clip.embedTexts(en), clip.embedTexts(zh)];
  const blank = new RgbImage(new Uint8Array(48 * 48 * 3).fill(230), { width: 48, height: 48 });
  const nothing = clip.embedImages([blank])[0]!;
  const figures = [
    recallAt(1, images, english),
    recallAt(1, images, mandarin),
    recallAt(1, english, images),
    recallAt(
      1,
      unseen.map(() => nothing),
      english,
    ),
    untrained,
  ];
  const scale = Math.exp((clip.logScale.data as Float32Array)[0]!).toFixed(1);
  console.log(`| ${[seed, seconds.toFixed(0), ...figures.map(percent), scale].join(" | ")} |`);
  clip.close();
}
