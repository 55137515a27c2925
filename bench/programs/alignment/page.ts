/**
 * docs/alignment.md, of the numbers in docs/alignment: a program of this folder hands in what it has measured, seed by seed. By itself it writes the page anew:
 * `npx tsx bench/programs/alignment/page.ts`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import Papa from "papaparse";

/** What was measured with a seed, by name; `seed` and `CPU s` are among them. */
export type Row = Readonly<Record<string, number>>;

const sections = {
  preferences: {
    title: "The same preferences, three ways",
    program: "dpo.ts",
    text: `2000 preferences of the shop's judges, whose true reward is known: DPO, best of n by a reward model, PPO with that model. All figures are of questions that
nothing was learnt from. *Wins* are against the SFT policy, by the true reward, ties half; KL divergences are in nats, from the SFT policy. *Implicit* is how
often the policy, asked as a reward model, agrees with judges on pairs that it has not seen; who knew the true reward would come to *Bayes*.`,
  },
  countdown: {
    title: "Countdown",
    program: "countdown.ts",
    text: `Make a number of three others, each used once. 600 problems come with solutions, the others only with the rule. Shares of 400 problems that nothing was
learnt from; *pass@k* is of eight samples of each (Chen et al. 2021). *Own* is fine-tuning on the right ones among as many samples as Dr. GRPO has.`,
  },
  verse: {
    title: "The form of Tang quatrains",
    program: "verse.ts",
    text: `A GPT of characters continues 256 openings of two characters that it has not seen. *Right* is the share of quatrains that keep all rules, *KL* the divergence from the
poet in nats per poem. *Nats by counts* are what the written poems cost a table of counted triples per character, *nats by the poet* what they cost the poet as it
is; *nats of held-out poems* what 200 real poems in right form cost the model. *Constrained* strikes out, at each place, what breaks the form; *GRPO* learns
from the share of the rules that a poem keeps, and 1 more for all; *taught* learns at each place of real poems from the constrained poet
(\`bench/programs/alignment/teach.ts\`), and writes freely.`,
  },
  published: {
    title: "A published model and a reward that can be computed",
    program: "published.ts",
    text: `SmolLM2-135M-Instruct with LoRA of rank 8 answers questions in at most 24 tokens. The reward, from 0 to 2, is 1 for a whole answer of eight words, less for a shorter
or longer one, and 1 for a polite word. Figures are of questions that nothing was learnt from, but for *best of 8*. *SFT* is fine-tuning on the best two of
eight of its own answers, *DPO* prefers these to the worst two; the reward model of *PPO* learns from the same pairs, *GRPO* sees the reward itself. KL divergences are in
nats per answer, from the model as it is. The table is of 16 questions and 8 rollouts (\`published.ts 1 8 16\`).`,
  },
} as const;

export type SectionName = keyof typeof sections;

const folder = "docs/alignment";

/** Puts a seed's numbers into the section's file, in the place of older ones of the same seed, and writes the page anew. */
export function save(section: SectionName, row: Row): void {
  mkdirSync(folder, { recursive: true });
  const found = [
    ...read(section).filter(({ seed }) => seed !== String(row["seed"])),
    { ...shorten(row), processor: cpus()[0]?.model ?? "?" },
  ];
  found.sort((a, b) => Number(a["seed"]) - Number(b["seed"]));
  const columns = Object.keys(found.at(-1)!);
  writeFileSync(`${folder}/${section}.csv`, `${Papa.unparse(found, { columns, newline: "\n" })}\n`);
  writeFileSync(`${folder}.md`, page());
}

const shorten = (row: Row): Record<string, string> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(Number(value.toPrecision(4)))]));

function read(section: string): Record<string, string>[] {
  const path = `${folder}/${section}.csv`;
  if (!existsSync(path)) return [];
  return Papa.parse<Record<string, string>>(readFileSync(path, "utf8").trim(), { header: true }).data;
}

function page(): string {
  const shown = (Object.keys(sections) as SectionName[]).map((name) => ({ ...sections[name], rows: read(name) }));
  const parts = shown
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, program, text, rows }) => {
      const seeds = rows.map(({ seed }) => seed);
      const names = Object.keys(rows[0]!).filter((name) => !["seed", "processor"].includes(name));
      const cell = (number: string): string => (number === "" ? "" : String(Number(Number(number).toPrecision(3))));
      return `## ${title}

${text}
Written by \`npx tsx bench/programs/alignment/${program} ${seeds.join(" ")}\` on ${[...new Set(rows.map(({ processor }) => processor))].join(", ")}.

| | ${seeds.map((seed) => `seed ${seed}`).join(" | ")} |
| --- |${seeds.map(() => " ---: |").join("")}
${names.map((name) => `| ${name} | ${rows.map((row) => cell(row[name]!)).join(" | ")} |`).join("\n")}
`;
    });
  return `# Alignment, seed by seed

The tables behind notebook 11. Numbers are in [alignment/](alignment). *CPU s* are seconds of processor time of the whole run. What PPO does in the
shop when it goes on is in [rlhf.md](rlhf.md).

${parts.join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(`${folder}.md`, page());
