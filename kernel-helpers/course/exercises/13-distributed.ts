/** Exercises of notebook 13: averaging by shares, a step of a ring, bytes on the wire, ZeRO's memory, a pipeline's bubble. */
import { exercise, type Exercise } from "../exercise.ts";
import { near } from "./near.ts";

interface Part {
  rows: number;
  gradient: number[];
}
type Average = (parts: Part[]) => readonly number[];
type RingStep = (workers: number, rank: number, step: number) => number;
type Wire = (workers: number, parameters: number) => number;
type Zero = (workers: number, parameters: number) => number;
type Bubble = (stages: number, microBatches: number) => number;

const sameLength = "as many numbers as a gradient has";
const evenMean = "two workers with as many rows each: the plain mean, [1] and [3] give [2]";
const byRows = "a worker with three times the rows counts three times: 1 row with [0] and 3 rows with [4] give [3]";

const own = "at step 0 worker r sends its own part: part r";
const oneBack = "at each further step the part that it has just received: one less than the step before";
const around = "parts are counted around the ring: never negative, never more than the number of workers";

const nothing = "a single worker sends nothing";
const twoWay = "both halves count: every number is summed once around the ring, then handed around once more";
const fourBytes = "a number of float32 has 4 bytes";
const nearlyTwice = "many workers send nearly twice the gradient's bytes each, never more";

const whole = "with one worker: 4 bytes for the weight, 4 for its gradient, 8 for AdamW's moments: 16 in all";
const onlyMoments = "ZeRO's first stage cuts the moments alone: weights and gradients stay whole";

const noBubble = "a single stage never waits";
const fillAndDrain = "p stages wait p − 1 times, in m + p − 1: 4 stages, 4 micro-batches: 3/7";

export const distributed: readonly Exercise[] = [
  exercise<Average>({
    id: "13-average",
    question:
      "Write average(parts): the gradient of the whole batch from the workers' { rows, gradient }, each the mean over its own rows.",
    expects: "function",
    checks: [
      [(average) => average([{ rows: 1, gradient: [1, 2, 3] }]).length === 3, sameLength],
      [(average) => near(average([part(2, 1), part(2, 3)])[0], 2), evenMean],
      [(average) => near(average([part(1, 0), part(3, 4)])[0], 3), byRows],
    ],
    hints: ["How many rows are there in all? Which share of them is a worker's?", "Σ rows / allRows · gradient[i], for each i"],
    wrong: [
      { answer: (parts: Part[]): number[] => [parts[0]!.rows], message: sameLength },
      {
        answer: (parts: Part[]): number[] => parts[0]!.gradient.map((_, i) => sum(parts.map(({ gradient }) => gradient[i]!))),
        message: evenMean,
      },
      {
        answer: (parts: Part[]): number[] =>
          parts[0]!.gradient.map((_, i) => sum(parts.map(({ gradient }) => gradient[i]!)) / parts.length),
        message: byRows,
      },
    ],
    solution: (parts) => {
      const rows = sum(parts.map((each) => each.rows));
      return parts[0]!.gradient.map((_, i) => sum(parts.map((each) => (each.rows / rows) * each.gradient[i]!)));
    },
  }),
  exercise<RingStep>({
    id: "13-ring",
    question: "Write partSent(workers, rank, step): which part worker `rank` sends at a step, from 0, of the ring's first half.",
    expects: "function",
    checks: [
      [(sent) => sent(4, 2, 0) === 2 && sent(4, 0, 0) === 0, own],
      [(sent) => sent(4, 3, 1) === 2 && sent(4, 3, 2) === 1, oneBack],
      [(sent) => sent(4, 0, 1) === 3 && sent(4, 1, 2) === 3, around],
    ],
    hints: ["A worker sends its own part first, then what has come from the left.", "(rank − step + workers) % workers"],
    wrong: [
      { answer: (_: number, _rank: number, step: number): number => step, message: own },
      { answer: (workers: number, rank: number, step: number): number => (rank + step) % workers, message: oneBack },
      { answer: (_: number, rank: number, step: number): number => rank - step, message: around },
    ],
    solution: (workers, rank, step) => (rank - step + workers) % workers,
  }),
  exercise<Wire>({
    id: "13-wire",
    question: "Write bytesSent(workers, parameters): bytes that each worker sends in a ring all-reduce of a float32 gradient.",
    expects: "function",
    checks: [
      [(bytes) => bytes(1, 1000) === 0, nothing],
      [(bytes) => bytes(2, 1000) !== 2000 && bytes(2, 1000) !== 500, twoWay],
      [(bytes) => near(bytes(2, 1000), 4000), fourBytes],
      [(bytes) => near(bytes(1024, 1024), 2 * 1023 * 4), nearlyTwice],
    ],
    hints: ["A part is 1/n of the vector. How often does each worker send one?", "2(n − 1)/n · 4 · parameters"],
    wrong: [
      { answer: (_: number, parameters: number): number => 4 * parameters, message: nothing },
      { answer: (workers: number, parameters: number): number => ((workers - 1) / workers) * 4 * parameters, message: twoWay },
      { answer: (workers: number, parameters: number): number => ((2 * (workers - 1)) / workers) * parameters, message: fourBytes },
      { answer: (workers: number, parameters: number): number => (workers - 1) * 4 * parameters, message: nearlyTwice },
    ],
    solution: (workers, parameters) => ((2 * (workers - 1)) / workers) * 4 * parameters,
  }),
  exercise<Zero>({
    id: "13-zero",
    question:
      "Write bytesHeld(workers, parameters): bytes of one worker's float32 weights, gradients and AdamW moments with ZeRO's first stage.",
    expects: "function",
    checks: [
      [(bytes) => near(bytes(1, 10), 160), whole],
      [(bytes) => near(bytes(4, 100), 800 + 200), onlyMoments],
    ],
    hints: ["AdamW keeps two moments for each weight.", "(4 + 4 + 8 / workers) · parameters"],
    wrong: [
      { answer: (workers: number, parameters: number): number => (12 / workers) * parameters, message: whole },
      { answer: (workers: number, parameters: number): number => (16 / workers) * parameters, message: onlyMoments },
    ],
    solution: (workers, parameters) => (8 + 8 / workers) * parameters,
  }),
  exercise<Bubble>({
    id: "13-bubble",
    question: "Write bubble(stages, microBatches): the share of the time in which a stage of a pipeline waits.",
    expects: "function",
    checks: [
      [(bubble) => bubble(1, 8) === 0, noBubble],
      [(bubble) => near(bubble(4, 4), 3 / 7) && near(bubble(16, 120), 15 / 135), fillAndDrain],
    ],
    hints: ["The last stage begins when the first has passed p − 1 times. How long is it all?", "(p − 1) / (m + p − 1)"],
    wrong: [
      { answer: (stages: number, microBatches: number): number => stages / (microBatches + stages), message: noBubble },
      { answer: (stages: number, microBatches: number): number => (stages - 1) / microBatches, message: fillAndDrain },
    ],
    solution: (stages, microBatches) => (stages - 1) / (microBatches + stages - 1),
  }),
];

const part = (rows: number, slope: number): Part => ({ rows, gradient: [slope] });
const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);
