/** KaTeX's style with the fonts that a page's formulas use, embedded; nothing for a page without formulas. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

interface Face {
  family: string;
  weight: string;
  style: string;
  file: string;
}

interface Style {
  folder: string;
  /** The style sheet without its font faces. */
  rules: string;
  faces: Face[];
  /** Rules that choose a font: the classes they are for, and what they choose. */
  choices: { classes: string[]; family: string; weight: string; style: string }[];
}

const property = (block: string, name: string): string | undefined => new RegExp(`(?:^|[;{])${name}:([^;}]+)`).exec(block)?.[1];

async function readStyle(): Promise<Style> {
  const file = createRequire(import.meta.url).resolve("katex/dist/katex.min.css");
  const css = await readFile(file, "utf8");
  const faces = [...css.matchAll(/@font-face\{[^}]*\}/g)].map(([block]) => ({
    family: property(block, "font-family")!,
    weight: property(block, "font-weight")!,
    style: property(block, "font-style")!,
    file: /url\((fonts\/[^)]*\.woff2)\)/.exec(block)![1]!,
  }));
  const rules = css.replace(/@font-face\{[^}]*\}/g, "");
  const choices = [...rules.matchAll(/([^{}]+)(\{[^{}]*\})/g)].flatMap(([, selectors, block]) => {
    const chosen = {
      family: property(block!, "font-family")?.split(",")[0] ?? "KaTeX_Main",
      weight: property(block!, "font-weight")?.replace("bold", "700") ?? "400",
      style: property(block!, "font-style") ?? "normal",
    };
    if (!/font-(?:family|weight|style):/.test(block!)) return [];
    return selectors!
      .split(",")
      .map((selector) => ({ classes: [...selector.matchAll(/\.([\w-]+)/g)].map((match) => match[1]!), ...chosen }));
  });
  return { folder: dirname(file), rules, faces, choices };
}

let style: Promise<Style> | undefined;
const fonts = new Map<string, Promise<string>>();

function embedded(folder: string, { family, weight, style: slant, file }: Face): Promise<string> {
  let rule = fonts.get(file);
  if (!rule) {
    const made = readFile(join(folder, file), "base64").then(
      (data) =>
        `@font-face{font-family:${family};font-weight:${weight};font-style:${slant};src:url(data:font/woff2;base64,${data}) format("woff2")}`,
    );
    fonts.set(file, (rule = made));
  }
  return rule;
}

/** The style for these pieces of HTML, which may hold formulas. */
export async function mathStyle(html: string): Promise<string> {
  if (!html.includes('class="katex')) return "";
  const { folder, rules, faces, choices } = await (style ??= readStyle());
  const used = new Set([...html.matchAll(/ class="([^"]*)"/g)].flatMap((match) => match[1]!.split(" ")));
  const chosen = choices.filter(({ classes }) => classes.every((name) => used.has(name)));
  const needed = faces.filter(
    (face) =>
      (face.family === "KaTeX_Main" && face.weight === "400" && face.style === "normal") ||
      chosen.some((choice) => choice.family === face.family && choice.weight === face.weight && choice.style === face.style),
  );
  return [...(await Promise.all(needed.map((face) => embedded(folder, face)))), rules].join("");
}
