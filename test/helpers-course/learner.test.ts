/** What a learner sees and what the course remembers, in a cache folder of its own. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  artifact,
  artifactPath,
  beat,
  check,
  claim,
  exerciseIds,
  factCheck,
  hint,
  loadArtifact,
  predict,
  progress,
  reveal,
  saveArtifact,
  solution,
} from "../../kernel-helpers/course/index.ts";

const globals = globalThis as { __cairn__?: { display: (bundle: Record<string, string>) => void } };
let folder: string;
let shown: Record<string, string>[];
const text = (): string[] => shown.map((bundle) => bundle["text/plain"]!);

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "cairn-course-"));
  process.env["CAIRN_CACHE"] = folder;
  shown = [];
  globals.__cairn__ = { display: (bundle) => shown.push(bundle) };
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  delete process.env["CAIRN_CACHE"];
  delete globals.__cairn__;
});

describe("check", () => {
  test("an answer that JSON cannot hold gets a message like any other", async () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    await check("03-bytes", 12n);
    await check("03-bytes", circle);
    await check("03-bytes", [1, 2]);
    expect(text().map((card) => card.split("\n")[1])).toEqual([
      "  this wants a number, your answer is a bigint: 12n",
      "  this wants a number, your answer is an object: an object with self",
      "  this wants a number, your answer is an array: [1,2]",
    ]);
  });

  const question = "How many bytes do a million vectors of 384 float32 numbers take, without any index?";

  test("an open exercise says so and counts as nothing", async () => {
    await check("03-bytes", undefined);
    expect(text()).toEqual([`○ 03-bytes: not answered yet\n  ${question}\n  Stuck? hint('03-bytes')`]);
    expect(progress().notebooks["03"]!["03-bytes"]).toBe(false);
  });

  test("a wrong answer hears why and counts as nothing", async () => {
    await check("03-bytes", 384_000_000);
    expect(text()).toEqual([
      "✗ 03-bytes: not yet\n  that counts one byte for each number, a float32 takes four\n  Stuck? hint('03-bytes')",
    ]);
    expect(progress().notebooks["03"]!["03-bytes"]).toBe(false);
  });

  test("a right answer, also a promised one, is remembered", async () => {
    await check("03-bytes", Promise.resolve(1_536_000_000));
    expect(text()).toEqual([`✓ 03-bytes: right\n  ${question}`]);
    expect(progress().notebooks["03"]).toMatchObject({ "03-bytes": true, "03-recall": false });
  });

  test("an unknown id gets the nearest one, or the list of the notebook's own", async () => {
    await expect(check("03-bites", 1)).rejects.toThrow('no exercise is called "03-bites"\n  hint: did you mean "03-bytes"?');
    await expect(check("03-nothing-like-it", 1)).rejects.toThrow(
      `no exercise is called "03-nothing-like-it"\n  hint: there are ${exerciseIds("03").join(", ")}`,
    );
    await expect(check(3 as never, 1)).rejects.toThrow("id must be a string, got 3");
  });

  test("answers are shown as text, never as HTML", async () => {
    await check("03-bytes", "<img src=x>");
    expect(shown[0]!["text/html"]).toContain("your answer is a string: &quot;&lt;img src=x&gt;&quot;");
  });
});

test("each hint gives away more, and the last one says where to look", () => {
  for (let call = 0; call < 3; call++) hint("03-bytes");
  expect(text()).toEqual([
    "? 03-bytes: hint 1 of 2\n  32 bits: how many bytes?",
    "? 03-bytes: hint 2 of 2\n  1_000_000 * 384 * …",
    "? 03-bytes: hint 2 of 2\n  That was the last hint: open the solution below the exercise.",
  ]);
});

test("a solution passes without counting as the learner's, and fails the notebook when its check rejects it", async () => {
  await solution("03-bytes", 1_536_000_000);
  expect(progress().notebooks["03"]!["03-bytes"]).toBe(false);
  await expect(solution("03-bytes", 1)).rejects.toThrow(
    "the solution of 03-bytes is rejected: vectors times dimensions times the bytes of one float32\n  hint: this is a fault of the course; please report it",
  );
});

describe("beat", () => {
  test("places the number among its baselines, worst first", () => {
    beat("hit@1", { value: 0.91, target: 0.8, baseline: 0.78, ladder: [{ name: "chance", value: 0.01 }] });
    expect(
      text()[0]!
        .split("\n")
        .map((row) => row.trim().split(/\s{2,}| (?=[\d.]+$)/)),
    ).toEqual([
      ["✓ hit@1: 0.91, reaches the target of", "0.8"],
      ["chance", "0.01"],
      ["the number to beat", "0.78"],
      ["target", "0.8"],
      ["yours", "0.91"],
    ]);
  });

  test("draws what lies powers of ten apart by its logarithm", () => {
    const widths = (value: number): string[] => {
      beat("error", { value, target: 1, higherIsBetter: false, ladder: [{ name: "worst", value: 10 }] });
      return [...shown.at(-1)!["text/html"]!.matchAll(/width:([\d.]+)%"><\/div>/g)].map(([, width]) => width!);
    };
    expect(widths(5)).toEqual(["100.0", "50.0", "10.0"]);
    expect(widths(1e-9)).toEqual(["100.0", "90.4", "4.0"]);
  });

  test("misses where less is better", () => {
    beat("time", { value: 3, target: 2, higherIsBetter: false, unit: "ms" });
    expect(text()[0]).toContain("✗ time: 3 ms, misses the target of 2 ms\n  Lower is better.\n  yours");
  });

  test("holds a run of the whole course to what must come of it", () => {
    const held = (value: number, wanted: "misses" | "reaches") => (): void => beat("hit@1", { value, target: 0.8, expect: wanted });
    expect(held(0.9, "misses")).not.toThrow();
    process.env["CAIRN_CLAIMS"] = "strict";
    try {
      expect(held(0.9, "reaches")).not.toThrow();
      expect(held(0.7, "misses")).not.toThrow();
      expect(held(0.9, "misses")).toThrow("this does not hold on this run: hit@1: 0.9 misses the target of 0.8");
      expect(held(0.7, "reaches")).toThrow("this does not hold on this run: hit@1: 0.7 reaches the target of 0.8");
    } finally {
      delete process.env["CAIRN_CLAIMS"];
    }
  });

  test.each([
    [{ value: Number.NaN, target: 1 }, "value must be a finite number, got NaN\n  hint: pass a finite number"],
    [{ value: 1 }, "target must be a finite number, got undefined"],
    [{ value: 1, target: 1, base: 1 }, 'options has no option "base"'],
    [{ value: 1, target: 1, ladder: [{ name: "chance", value: "0" }] }, 'ladder[0].value must be a finite number, got "0"'],
    [null, "options must be a plain object, got null"],
  ])("refuses %j", (options, message) => {
    expect(() => beat("time", options as never)).toThrow(message);
  });
});

describe("claim", () => {
  afterEach(() => {
    delete process.env["CAIRN_CLAIMS"];
  });

  test("shows a sentence that holds as a line of the text", () => {
    claim("Vectors win on paraphrases.", true);
    expect(text()).toEqual(["✓ Vectors win on paraphrases."]);
  });

  test("says plainly when it does not hold on this run, and lets a learner go on", () => {
    claim("Vectors win on paraphrases.", false);
    expect(text()).toEqual(["✗ Not on this run: Vectors win on paraphrases.\n  The results above say otherwise. Trust them."]);
  });

  test("fails a run of the whole course that contradicts it", () => {
    process.env["CAIRN_CLAIMS"] = "strict";
    claim("Vectors win on paraphrases.", true);
    expect(() => claim("Vectors win on paraphrases.", false)).toThrow(
      expect.objectContaining({ code: "ERR_CLAIM", summary: "this does not hold on this run: Vectors win on paraphrases." }),
    );
    expect(text()).toHaveLength(2);
  });

  test("wants a sentence and a boolean", () => {
    expect(() => claim("", true)).toThrow("sentence must");
    expect(() => claim("It holds.", 0.9 as never)).toThrow("holds must be true or false, got 0.9");
  });
});

test("a fact check shows its result and its verdict", () => {
  factCheck({ claim: "RAG reduces hallucination", result: "Not measured here.", verdict: "settled later", settledIn: "14-rag" });
  expect(text()).toEqual(["→ settled later: “RAG reduces hallucination”\n  Not measured here.\n  Settled in 14-rag."]);
});

test("a guess is held against the measured number", () => {
  predict("How many?", undefined);
  reveal("How many?", 40);
  predict("How many?", 10);
  reveal("How many?", 40, { unit: "queries/s" });
  expect(text()).toEqual([
    "○ Your guess first\n  How many?",
    "• It is 40\n  How many?",
    "• You guess 10\n  How many?",
    "• It is 40 queries/s\n  How many?\n  You guessed 10, 4 times off.",
  ]);
});

describe("artifacts", () => {
  test("are made once and come back as they were", async () => {
    let made = 0;
    const make = (): { vectors: Float32Array; ids: string[] } => {
      made += 1;
      return { vectors: Float32Array.of(1, 2.5), ids: ["一"] };
    };
    expect(await artifact("demo", make)).toEqual(await artifact("demo", make));
    expect(made).toBe(1);
    expect(loadArtifact("demo")).toEqual({ vectors: Float32Array.of(1, 2.5), ids: ["一"] });
    expect(readdirSync(path.join(folder, "artifacts"))).toEqual(["demo.v8"]);
  });

  test("a failed making leaves nothing behind", async () => {
    await expect(artifact("broken", () => Promise.reject(new Error("no model")))).rejects.toThrow("no model");
    expect(() => loadArtifact("broken")).toThrow(
      'there is no artifact "broken" in the cache yet\n  hint: run the notebook that makes it, or make it here with artifact(name, make)',
    );
  });

  test("what saves itself gets a path", () => {
    writeFileSync(artifactPath("tokenizer.json"), "{}");
    expect(readdirSync(path.join(folder, "artifacts"))).toEqual(["tokenizer.json"]);
  });

  test("what cannot be stored, or was damaged since, is said so", async () => {
    expect(() => saveArtifact("vectors", () => 1)).toThrow(/content cannot be stored: .*could not be cloned/);
    expect(() => saveArtifact("vectors", Promise.resolve(1))).toThrow(
      /content must be data that can be stored, got a Promise[^]*await it first/,
    );
    expect(() => saveArtifact(null as never, 1)).toThrow(/name must be a string, got null/);
    await expect(artifact("vectors", undefined as never)).rejects.toThrow(/make must be a function, got undefined/);
    writeFileSync(artifactPath("vectors.v8"), "not V8's");
    expect(() => loadArtifact("vectors")).toThrow(/the artifact "vectors" cannot be read[^]*remove .*vectors.v8/);
  });

  test("names stay inside the cache", () => {
    expect(() => saveArtifact("../escape", 1)).toThrow(
      'name must be a file name, got "../escape"\n  hint: use letters, digits, dots, dashes and underscores',
    );
  });
});
