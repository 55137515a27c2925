/** Whisper's parts on a model that fits on a page: the rules of its times, its file, its loops. Its real weights are in test/parity/speech.test.ts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { Whisper } from "../../../kernel-helpers/multimodal/index.ts";
import { WhisperEngine } from "../../../kernel-helpers/multimodal/speech/whisper/engine.ts";
import { floatsOf, readCtranslate2 } from "../../../kernel-helpers/multimodal/speech/whisper/ctranslate2-file.ts";
import { forbid } from "../../../kernel-helpers/multimodal/speech/whisper/rules.ts";
import { segmentsOf } from "../../../kernel-helpers/multimodal/speech/whisper/segments-of.ts";
import { WhisperTokens } from "../../../kernel-helpers/multimodal/speech/whisper/tokens.ts";
import { HubServer } from "../../models/hub-server.ts";
import { ctranslate2File, tinyTokenizer, tinyWhisper } from "./tiny-whisper.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-whisper-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(path.join(folder, "tokenizer.json"), JSON.stringify(tinyTokenizer()));
writeFileSync(path.join(folder, "config.json"), JSON.stringify({ suppress_ids: [1], suppress_ids_begin: [0] }));
writeFileSync(path.join(folder, "model.bin"), ctranslate2File(tinyWhisper(1)));

const tokens = await WhisperTokens.load(path.join(folder, "tokenizer.json"));
const time = (seconds: number): number => tokens.firstTime + Math.round(seconds / 0.02);
const [a, b] = [97, 98];

describe("what may come next", () => {
  /** Ids that are left, of texts as likely as times. */
  const left = (written: readonly number[], likely: readonly number[] = [], hasTimes = true): number[] => {
    const logits = new Float32Array(time(30) + 1).fill(-20);
    for (const id of likely) logits[id] = 5;
    forbid(logits, written, tokens, { always: [1], atFirst: [0] }, hasTimes);
    return [...logits.keys()].filter((id) => logits[id]! > -Infinity);
  };

  test("is a time in the first second at the beginning", () => {
    expect(left([])).toEqual(Array.from({ length: 51 }, (_, index) => tokens.firstTime + index));
  });

  test("is text after a time that begins, and a time or the end after one that ends", () => {
    expect(left([time(0)], [a, b]).some((id) => tokens.isTime(id))).toBe(false);
    expect(left([time(0)], [a])).toContain(b);
    const after = left([time(0), a, time(2)], [tokens.endOfText]);
    expect(after).toContain(tokens.endOfText);
    expect(after.some((id) => id < tokens.endOfText)).toBe(false);
    expect(after.find((id) => tokens.isTime(id))).toBe(time(2)); // the next may begin where this one ended
  });

  test("is no time that goes back, nor the one that began", () => {
    expect(left([time(1), a], [a, b]).find((id) => tokens.isTime(id))).toBe(time(1.02));
  });

  test("is a time where times together are likelier than any text", () => {
    const likely = Array.from({ length: 20 }, (_, index) => time(3) + index);
    expect(left([time(0), a], [...likely, b])).not.toContain(b);
    expect(left([time(0), a], [b])).toContain(b);
  });

  test("is no time at all where none are wanted, and never what is forbidden", () => {
    expect(left([], [a], false)).not.toContain(time(0));
    expect(left([], [a], false)).not.toContain(0);
    expect(left([a], [a], false)).toContain(0);
    expect(left([a], [a], false)).not.toContain(1);
  });
});

describe("segments", () => {
  test("are what stands between times; what has no end goes on to the window's", () => {
    expect(segmentsOf([time(0), a, b, time(2), time(2.5), a, time(4), time(4), b], tokens, 6)).toEqual([
      { start: 0, end: 2, text: "ab", isClosed: true },
      { start: 2.5, end: 4, text: "a", isClosed: true },
      { start: 4, end: 6, text: "b", isClosed: false },
    ]);
    expect(segmentsOf([a], tokens, 6)).toEqual([{ start: 0, end: 6, text: "a", isClosed: false }]);
    expect(segmentsOf([time(0), time(9)], tokens, 6)).toEqual([]);
  });
});

describe("CTranslate2's file", () => {
  test("is read to its variables, in 16 and 32 bits, and under their other names", async () => {
    const { spec, variables } = await readCtranslate2(path.join(folder, "model.bin"));
    expect(spec).toBe("WhisperSpec");
    expect(variables.get("decoder/projection/weight")).toBe(variables.get("decoder/embeddings/weight"));
    const weight = variables.get("encoder/conv1/weight")!;
    expect(floatsOf(weight)).toEqual(tinyWhisper(1).get("encoder/conv1/weight")!.numbers);
    expect(floatsOf(weight, { start: 1, end: 3 })).toEqual(tinyWhisper(1).get("encoder/conv1/weight")!.numbers.subarray(24, 72));
  });

  test("that is cut short, or another file, says so", async () => {
    const bytes = ctranslate2File(tinyWhisper(1));
    const broken = async (content: Uint8Array): Promise<unknown> => {
      writeFileSync(path.join(folder, "broken.bin"), content);
      return readCtranslate2(path.join(folder, "broken.bin"));
    };
    for (const length of [3, 40, bytes.length - 100]) await expect(broken(bytes.subarray(0, length))).rejects.toThrow("it is cut short");
    await expect(broken(Buffer.from("GGUF\0\0\0\0"))).rejects.toThrow("its version is 1179993927, not 6");
  });
});

describe("a tiny Whisper", () => {
  test("gives the same logits with its cache as without", async () => {
    using engine = await WhisperEngine.load(folder);
    const sound = engine.encode(Float32Array.from({ length: 8 * 100 }, (_, index) => Math.sin(index)));
    const ids = [5, 9, 2, 3, 4];
    const size = engine.config.vocabSize;
    const whole = engine.decode(sound, ids, 0, [0, 1, 2, 3, 4]);
    engine.decode(sound, ids.slice(0, 2), 0);
    for (const index of [2, 3, 4]) {
      const one = engine.decode(sound, [ids[index]!], index);
      expect(Array.from(one)).toEqual(Array.from(whole.subarray(index * size, (index + 1) * size), (value) => expect.closeTo(value, 4)));
    }
  });

  test("writes something for each of its windows, the same each time, and stops when it is told to", async () => {
    using whisper = await Whisper.load(folder);
    expect(whisper.windowSeconds).toBe(1);
    expect(whisper.languages).toEqual(["en", "zh"]);
    const clip = { samples: Float32Array.from({ length: 40_000 }, (_, index) => Math.sin(index / 7)), sampleRate: 16_000 };
    const options = { language: "zh", vad: false, temperatures: [1], seed: 3 };
    const first = await whisper.transcribe(clip, options);
    expect(first.language).toBe("zh");
    expect(first.segments.length).toBeGreaterThan(0);
    for (const { start, end } of first.segments) expect(0 <= start && start <= end && end <= 2.5).toBe(true);
    expect(await whisper.transcribe(clip, options)).toEqual(first);
    const languages = await whisper.detectLanguage(clip);
    expect(languages.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);

    const controller = new AbortController();
    const stopped = whisper.transcribe(clip, {
      ...options,
      signal: controller.signal,
      onSegment: () => controller.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
    await expect(whisper.transcribe(clip, { language: "de" })).rejects.toThrow('language must be one of "en", "zh", got "de"');
    whisper.close();
    await expect(whisper.transcribe(clip, options)).rejects.toThrow("this Whisper is closed");
  });

  test("comes from the hub by its repository's name", async () => {
    await using hub = await HubServer.start();
    const files = Object.fromEntries(
      ["model.bin", "config.json", "tokenizer.json"].map((name) => [name, readFileSync(path.join(folder, name))]),
    );
    hub.repositories["owner/tiny-whisper"] = { sha: "a".repeat(40), files: { ...files, "vocabulary.json": Buffer.from("[]") } };
    vi.stubEnv("HF_ENDPOINT", hub.address);
    vi.stubEnv("CAIRN_CACHE", path.join(folder, "cache"));
    try {
      using whisper = await Whisper.load("owner/tiny-whisper");
      expect(whisper.windowSeconds).toBe(1);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("that is none says what is missing", async () => {
    await expect(Whisper.load("./nowhere")).rejects.toThrow("name must be a folder with tokenizer.json and a Whisper's weights");
    await expect(Whisper.load("whisper-bass")).rejects.toThrow('did you mean "whisper-base"?');
  });
});
