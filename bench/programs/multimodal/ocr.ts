/**
 * Character errors of OCR on pages that say what the handbook says, as they are and as scanners and cameras spoil them; and on a photograph of a page.
 * `node --import tsx bench/programs/multimodal/ocr.ts 8 noise`: how many passages of each language, and a word of the conditions, where
 * not all are wanted.
 */
import { cpuUsage } from "node:process";
import { loadHandbook } from "../../../kernel-helpers/data/index.ts";
import { fetchDataset } from "../../../kernel-helpers/models/index.ts";
import {
  characterErrorRate,
  degrade,
  Ocr,
  readImage,
  renderPage,
  type DegradeOptions,
  type RenderPageOptions,
} from "../../../kernel-helpers/multimodal/index.ts";

const count = Number(process.argv[2] ?? 8);
const { passages } = await loadHandbook();

type Spoilt = Omit<DegradeOptions, "seed"> & Pick<RenderPageOptions, "weight"> & { size?: number };
const conditions: Record<string, Spoilt> = {
  clean: {},
  "light typeface": { weight: "Light" },
  "bold typeface": { weight: "Bold" },
  "letters of 12 pixels": { size: 12 },
  "noise of 30": { noise: 30 },
  "noise of 60": { noise: 60 },
  "half the resolution": { resolution: 0.5 },
  "a third of the resolution": { resolution: 1 / 3 },
  "turned by 3°": { angle: 3 },
  "turned by 15°": { angle: 15 },
  "on its side": { angle: 90 },
  "upside down": { angle: 180 },
  "a screen, photographed": { screen: true, noise: 8, resolution: 0.8 },
};

using ocr = await Ocr.load();
console.log("| condition | English | Chinese | s of processor time a page |\n| --- | --- | --- | --- |");
for (const [name, { weight = "Regular", size = 24, ...spoilt }] of Object.entries(conditions)) {
  if (!name.includes(process.argv[3] ?? "")) continue;
  const row: string[] = [];
  let [seconds, pages] = [0, 0];
  for (const language of ["en", "zh"] as const) {
    let [errors, characters] = [0, 0];
    for (const [seed, { text }] of passages
      .filter((passage) => passage.language === language)
      .slice(0, count)
      .entries()) {
      const page = await renderPage({ width: 900, height: 700, texts: [{ text, left: 60, top: 60, size }], weight });
      const image = degrade(page, { seed, ...spoilt });
      const before = cpuUsage();
      const found = (await ocr.read(image)).text;
      const { user, system } = cpuUsage(before);
      [seconds, pages] = [seconds + (user + system) / 1e6, pages + 1];
      const length = text.replace(/\s+/g, "").length;
      [errors, characters] = [errors + characterErrorRate(text, found) * length, characters + length];
    }
    row.push(`${((100 * errors) / characters).toFixed(2)} %`);
  }
  console.log(`| ${[name, ...row, (seconds / pages).toFixed(1)].join(" | ")} |`);
}

// What the photograph of a page in scikit-image's data says, below its last whole line left out.
const photographed =
  "Region-based segmentation Let us first determine markers of the coins and the background. These markers are pixels that we can label unambiguously as either object or background. Here, the markers are found at the two extreme parts of the histogram of grey values: >>> markers = np.zeros_like(coins)";
const { files } = await fetchDataset("photographs");
const found = (await ocr.read(await readImage(files["page.png"]!))).text;
console.log(`\nphotograph of a page: ${(100 * characterErrorRate(photographed, found)).toFixed(1)} %\n${found}`);
const sign = await ocr.read(await readImage(files["motorcycle_left.png"]!), { minScore: 0 });
console.log(`\nmotorcycle (YAMAHA): ${sign.lines.map(({ text, score }) => `${text} (${score.toFixed(2)})`).join(", ")}`);
