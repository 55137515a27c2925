/**
 * From clerks' answers to a policy that pleases, in a world whose true reward is known (`shop` of the room alignment): SFT, a reward model, best of n, rejection
 * sampling, PPO, fresh preferences and PPO again, and PPO without a KL penalty, which goes too far. `npx tsx bench/programs/rlhf/main.ts 1 2 3`, the seeds:
 * docs/rlhf.md gets the table, docs/rlhf/seeds.csv its numbers and docs/rlhf/curve.csv the courses of the runs without a penalty.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpuUsage } from "node:process";
import { bestOf, bestOfKl, calibration, rejectionSample, scoredBy } from "../../../kernel-helpers/alignment/index.ts";
import { klOf, mean, preferencesOf, questionsOf, reinforce, rewardModel, startingPolicy, truth, winsAgainst, write } from "./stages.ts";

type Row = Record<string, number>;
const poolSize = 256;

/** Of the last rollouts up to each one, because one alone is noisy. */
const smooth = (values: readonly number[]): number[] => values.map((_, at) => mean(values.slice(Math.max(0, at - 4), at + 1)));

/** Gain over SFT as d (α − β ln d) of d = √KL (Gao et al. 2023, arXiv:2210.10760), by least squares: where it is highest, in nats. */
function fittedPeak(kl: readonly number[], gain: readonly number[]): number {
  const points = kl.map((nats, at) => ({ d: Math.sqrt(Math.max(nats, 1e-6)), gain: gain[at]! }));
  const sum = (of: (point: { d: number; e: number; gain: number }) => number): number =>
    points.reduce((total, { d, gain: y }) => total + of({ d, e: -d * Math.log(d), gain: y }), 0);
  const [dd, de, ee] = [sum(({ d }) => d * d), sum(({ d, e }) => d * e), sum(({ e }) => e * e)];
  const [dy, ey] = [sum(({ d, gain: y }) => d * y), sum(({ e, gain: y }) => e * y)];
  const determinant = dd * ee - de * de;
  const [alpha, beta] = [(dy * ee - ey * de) / determinant, (ey * dd - dy * de) / determinant];
  return Math.exp(alpha / beta - 1) ** 2;
}

async function run(seed: number): Promise<{ row: Row; curve: Row[] }> {
  const began = cpuUsage();
  const say = (text: string): void => console.error(`${seed}  ${text}  (${Math.round(process.cpuUsage(began).user / 1e6)} s)`);
  const questions = { train: questionsOf("train"), validation: questionsOf("validation"), test: questionsOf("test") };
  const sft = await startingPolicy(seed);
  const pool = await write(sft, questions.test, poolSize, 1e6);
  const rewards = truth(pool);
  const winOf = winsAgainst(pool, rewards);
  const groups = questions.test.map((_, group) => Array.from({ length: poolSize }, (_row, at) => group * poolSize + at));
  const column = (values: readonly number[]): number[][] => groups.map((group) => group.map((row) => values[row]!));

  const preferences = preferencesOf(await write(sft, questions.train, 400, 1000 * seed), seed);
  const model = await rewardModel(sft, preferences, seed);
  const unseen = preferencesOf(
    pool.filter((_, row) => row % poolSize < 200),
    seed + 100,
  );
  const learned = scoredBy(model, { batchSize: 64 });
  const scoresOf = (side: "chosen" | "rejected"): readonly number[] | Promise<readonly number[]> =>
    learned(unseen.map((pair) => ({ prompt: pair.prompt, ids: pair[side], isEnded: true })));
  const [chosen, rejected] = [await scoresOf("chosen"), await scoresOf("rejected")];
  const given = chosen.map((score, at) => 1 / (1 + Math.exp(rejected[at]! - score)));
  const accuracy = mean(given.map((p, at) => (p > 0.5 ? unseen[at]!.probability : 1 - unseen[at]!.probability)));
  const bayes = mean(unseen.map(({ probability }) => Math.max(probability, 1 - probability)));
  const { ece } = calibration(
    given.map((p, at) => (at % 2 === 0 ? p : 1 - p)),
    given.map((_, at) => at % 2 === 0),
  );

  say(`reward model: ${accuracy.toFixed(3)} of ${bayes.toFixed(3)}, ECE ${ece.toFixed(3)}`);
  const [scores, wins] = [column(await learned(pool)), column(pool.map(winOf))];
  const best = (n: number, values: number[][]): number => mean(scores.map((own, at) => bestOf(own, { n, values: values[at]! })));
  const rejection = (beta: number): { kl: number; win: number } => {
    const found = scores.map((own, at) => rejectionSample(own, { beta, values: wins[at]! }));
    return { kl: mean(found.map(({ kl }) => kl)), win: mean(found.map(({ value }) => value)) };
  };
  const measured = async (policy: typeof sft): Promise<{ kl: number; win: number; reward: number }> => {
    const after = await write(policy, questions.test, 64, 2e6);
    return { kl: await klOf(policy, sft, after), win: mean(after.map(winOf)), reward: mean(truth(after)) };
  };

  // The KL coefficient is chosen by judges, on validation questions, as where no true reward is known.
  const before = await write(sft, questions.validation, 48, 4e6);
  const trials = [];
  for (const klCoef of [0.4, 0.2, 0.1, 0.05]) {
    const { policy } = await reinforce({ sft, model, klCoef, updates: 160, seed });
    const own = await write(policy, questions.validation, 48, 5e6);
    const compared = preferencesOf(
      own.flatMap((one, at) => [one, before[at]!]),
      seed + 300,
    );
    const votes = mean(compared.map(({ chosen: preferred }, at) => Number(preferred === own[at]!.ids)));
    trials.push({ klCoef, policy, votes, ...(await measured(policy)) });
    const { kl, win } = trials.at(-1)!;
    say(
      `PPO, klCoef ${klCoef}: judges ${votes.toFixed(3)}, wins ${win.toFixed(3)}, ${kl.toFixed(2)} nats; best of 64 ${best(64, wins).toFixed(3)}`,
    );
  }
  const ofPpo = trials.reduce((a, b) => (a.votes >= b.votes ? a : b));
  // The largest n, and the beta, with the KL divergence that PPO has.
  const n = Math.max(...Array.from({ length: poolSize }, (_, at) => at + 1).filter((count) => bestOfKl(count) <= ofPpo.kl));
  const betas = Array.from({ length: 60 }, (_, at) => 2 * 0.93 ** at);
  const beta = betas.find((one) => rejection(one).kl >= ofPpo.kl) ?? betas.at(-1)!;

  const fresh = preferencesOf(await write(ofPpo.policy, questions.train, 80, 3e6), seed + 200);
  const old = preferences.filter((_, at) => at % 5 === 0); // so that the model does not forget them
  const second = await rewardModel(model, [...old, ...fresh], seed, 3);
  const again = await measured((await reinforce({ sft, model: second, klCoef: ofPpo.klCoef, updates: 160, seed })).policy);

  say(`round 2: ${JSON.stringify(again)}`);
  const { history } = await reinforce({ sft, model, klCoef: 0, updates: 280, seed });
  const rollouts = history.step.map((_, at) => at).filter((at) => at % 4 === 0);
  const [kl, gold, proxy] = ["objective/kl", "watch/true", "objective/scores"].map((name) =>
    smooth(rollouts.map((at) => history.metrics[name]![at]!)),
  ) as [number[], number[], number[]];
  const peak = gold.indexOf(Math.max(...gold));
  const { user, system } = cpuUsage(began);
  const row = {
    seed,
    "SFT reward": mean(rewards),
    "RM accuracy": accuracy,
    "Bayes accuracy": bayes,
    "RM share of Bayes": accuracy / bayes,
    "RM ECE": ece,
    "best of 64 win": best(64, wins),
    "best of 64 reward": best(64, column(rewards)),
    ...Object.fromEntries(
      trials.flatMap(({ klCoef, kl: nats, win }): [string, number][] => [
        [`klCoef ${klCoef}: KL`, nats],
        [`klCoef ${klCoef}: win`, win],
      ]),
    ),
    "PPO klCoef": ofPpo.klCoef,
    "PPO KL": ofPpo.kl,
    "PPO win": ofPpo.win,
    "PPO reward": ofPpo.reward,
    n,
    "best of n win": best(n, wins),
    "rejection KL": rejection(beta).kl,
    "rejection win": rejection(beta).win,
    "round 2 KL": again.kl,
    "round 2 win": again.win,
    "round 2 reward": again.reward,
    "peak rollout": peak + 1,
    "peak KL": kl[peak]!,
    "peak reward": gold[peak]!,
    "peak score": proxy[peak]!,
    "end KL": kl.at(-1)!,
    "end reward": gold.at(-1)!,
    "end score": proxy.at(-1)!,
    "peak KL by the fit": fittedPeak(
      kl,
      gold.map((reward) => reward - mean(rewards)),
    ),
    "CPU s": (user + system) / 1e6,
  };
  return { row, curve: kl.map((nats, at) => ({ seed, rollout: at + 1, kl: nats, true: gold[at]!, learned: proxy[at]! })) };
}

function save(name: string, rows: readonly Row[]): void {
  mkdirSync("docs/rlhf", { recursive: true });
  const lines = rows.map((row) => Object.values(row).map((value) => Number(value.toPrecision(4))).join()); // prettier-ignore
  writeFileSync(`docs/rlhf/${name}.csv`, `${[Object.keys(rows[0]!).join(), ...lines].join("\n")}\n`);
}

/** docs/rlhf.md: the table turned over, a column for each seed. */
function page(rows: readonly Row[]): string {
  const names = Object.keys(rows[0]!);
  const cells = (name: string): string => rows.map((row) => `${Number(row[name]!.toPrecision(3))}`).join(" | ");
  return `# RLHF in the shop, seed by seed

Written by \`npx tsx bench/programs/rlhf/main.ts ${rows.map(({ seed }) => seed).join(" ")}\`; the course of each run without a KL penalty is in [rlhf/curve.csv](rlhf/curve.csv). The world is
\`shop\` of \`kernel-helpers/alignment\`, whose true reward is known; all figures are of questions that nothing was learnt from, but for the peak, which is of
the rollouts. Accuracies are expected ones, over all that the judges could have said. *Wins* are against the SFT policy, by the true reward, ties half. KL
divergences are in nats, from the SFT policy. *PPO* has the KL coefficient that judges chose on validation questions. *Best of n* has the largest n of at most ${poolSize} that stays within PPO's KL divergence, *rejection* the β that
comes to it. *Round 2* is PPO again, after preferences between what PPO wrote. The peak is that of the true reward, smoothed over five rollouts, in a run
without a penalty; *by the fit* is that of d (α − β ln d) with d = √KL (Gao et al. 2023).

| | ${rows.map(({ seed }) => `seed ${seed}`).join(" | ")} |
| --- |${rows.map(() => " ---: |").join("")}
${names
  .filter((name) => name !== "seed")
  .map((name) => `| ${name} | ${cells(name)} |`)
  .join("\n")}
`;
}

const found: { row: Row; curve: Row[] }[] = [];
for (const seed of process.argv.slice(2).map(Number)) {
  found.push(await run(seed));
  console.log(found.at(-1)!.row);
  save("seeds", found.map(({ row }) => row)); // prettier-ignore
  save("curve", found.flatMap(({ curve }) => curve)); // prettier-ignore
  writeFileSync("docs/rlhf.md", page(found.map(({ row }) => row))); // prettier-ignore
}
