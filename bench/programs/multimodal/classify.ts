/**
 * EfficientNet-Lite0 on a handful of photographs whose contents are known: top-1 and top-5 with Wilson's 95 % interval, which says how little a handful says.
 * `node --import tsx bench/programs/multimodal/classify.ts`.
 */
import { cpuUsage } from "node:process";
import { fetchDataset } from "../../../kernel-helpers/models/index.ts";
import { ImageClassifier, readImage } from "../../../kernel-helpers/multimodal/index.ts";

/** What may be said of each: ImageNet has several names for some things. */
const right: Record<string, readonly string[]> = {
  "coffee.png": ["espresso", "cup", "coffee mug"],
  "chelsea.png": ["tabby, tabby cat", "tiger cat", "Egyptian cat"],
  "rocket.jpg": ["missile", "projectile, missile"],
  "motorcycle_left.png": ["moped", "motor scooter, scooter"],
  "barn.jpg": ["barn"],
  "alps.jpg": ["alp"],
  "boats.jpg": ["dock, dockage, docking facility", "schooner", "boathouse"],
};

/** Wilson 1927: where the share lies that a count of successes stands for, at 95 %. */
function wilson(successes: number, count: number): [from: number, to: number] {
  const z = 1.96;
  const share = successes / count;
  const middle = share + z ** 2 / (2 * count);
  const reach = z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  return [(middle - reach) / (1 + z ** 2 / count), (middle + reach) / (1 + z ** 2 / count)];
}

const sets = await Promise.all(["photographs", "photograph-barn", "photograph-alps", "photograph-boats"].map((name) => fetchDataset(name)));
const files = Object.assign({}, ...sets.map((set) => set.files)) as Record<string, string>;
using classifier = await ImageClassifier.load();
let [first, five, seconds] = [0, 0, 0];
console.log("| photograph | likeliest | probability | right |\n| --- | --- | --- | --- |");
for (const [name, names] of Object.entries(right)) {
  const image = await readImage(files[name]!);
  const before = cpuUsage();
  const classes = await classifier.classify(image);
  const { user, system } = cpuUsage(before);
  seconds += (user + system) / 1e6;
  if (names.includes(classes[0]!.name)) first++;
  if (classes.some((each) => names.includes(each.name))) five++;
  console.log(
    `| ${name} | ${classes[0]!.name} | ${classes[0]!.probability.toFixed(2)} | ${names.includes(classes[0]!.name) ? "yes" : "no"} |`,
  );
}
const count = Object.keys(right).length;
for (const [name, hits] of [
  ["top-1", first],
  ["top-5", five],
] as const) {
  console.log(`${name}: ${hits} of ${count}, 95 % interval ${wilson(hits, count).map((share) => `${(100 * share).toFixed(0)} %`).join(" to ")}`); // prettier-ignore
}
console.log(`${((1000 * seconds) / count).toFixed(0)} ms of processor time a photograph`);
