/** SmolLM2-135M-Instruct, answering. That its logits are right, test/parity/decoder.test.ts shows. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LanguageModel, type GenerationOptions, type JsonSchema, type Message, type Part } from "../../kernel-helpers/llm/index.ts";

let model: LanguageModel;
beforeAll(async () => {
  model = await LanguageModel.load("SmolLM2-135M-Instruct");
}, 300_000);
afterAll(() => model.close());

async function collect(parts: AsyncIterable<Part>): Promise<{ texts: string[]; text: string; finish: Part | undefined }> {
  const all: Part[] = [];
  for await (const part of parts) all.push(part);
  const texts = all.flatMap((part) => (part.type === "text" ? [part.text] : []));
  return { texts, text: texts.join(""), finish: all.at(-1) };
}

const greedy = { temperature: 0, maxNewTokens: 24 };
const question: Message[] = [{ role: "user", content: "Write the numbers from 1 to 5." }];

describe("an answer", () => {
  test("comes piece by piece, and says why it ended", async () => {
    const { texts, text, finish } = await collect(model.chat(question, greedy));
    expect(texts.length).toBeGreaterThan(3);
    expect(text).toMatch(/1.*2.*3/s);
    expect(finish).toMatchObject({
      type: "finish",
      usage: { promptTokens: model.tokenizer.encode(model.chatTemplate!.render(question), { allowSpecial: true }).length },
    });
  });

  test("is the same again, with or without the cache", async () => {
    const first = await collect(model.chat(question, greedy));
    const again = await collect(model.chat(question, greedy));
    expect(again.text).toBe(first.text);
    await collect(model.generate("Something else", { maxNewTokens: 2 }));
    expect((await collect(model.chat(question, greedy))).text).toBe(first.text);
  });

  test("does not read again what the prompts share", async () => {
    const story = "Once upon a time there was a fox. ".repeat(20);
    await collect(model.generate(`${story} It`, { maxNewTokens: 3 }));
    const { finish } = await collect(model.generate(`${story} She`, { maxNewTokens: 3 }));
    expect(finish).toMatchObject({ usage: { cachedTokens: 128 } });
  });

  test("is drawn by its seed", async () => {
    const drawn = async (seed: number): Promise<string> =>
      (await collect(model.generate("Once upon a time", { temperature: 1, seed, maxNewTokens: 12 }))).text;
    const [one, same, other] = [await drawn(1), await drawn(1), await drawn(2)];
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  test("ends before a stop string", async () => {
    const { text, finish } = await collect(model.chat(question, { ...greedy, stop: ["3"] }));
    expect(text).toMatch(/1.*2/s);
    expect(text).not.toContain("3");
    expect(finish).toMatchObject({ reason: "stop" });
  });

  test("ends at maxNewTokens", async () => {
    const { finish } = await collect(model.generate("The the the", { maxNewTokens: 3, temperature: 0 }));
    expect(finish).toMatchObject({ reason: "length", usage: { newTokens: 3 } });
  });

  test("ends by a signal, and the model goes on answering", async () => {
    const controller = new AbortController();
    const parts = model.generate("Once upon a time", { maxNewTokens: 200, signal: controller.signal });
    await parts.next();
    controller.abort(new Error("enough"));
    await expect(collect(parts)).rejects.toThrow("enough");
    expect((await collect(model.chat(question, greedy))).text).toMatch(/1.*2.*3/s);
  });

  test("to a long prompt ends by a signal before the prompt is read", async () => {
    const stopper = new AbortController();
    const parts = model.generate("word ".repeat(2000), { ...greedy, signal: stopper.signal });
    const first = parts.next();
    setTimeout(() => stopper.abort(new Error("enough")), 50);
    const start = performance.now();
    await expect(first).rejects.toThrow("enough");
    expect(performance.now() - start).toBeLessThan(8000); // all of it takes three times as long
    expect((await collect(model.chat(question, greedy))).text).toMatch(/1.*2.*3/s);
  });

  test("that nobody waits for frees the model", async () => {
    for await (const part of model.generate("Once upon a time")) if (part.type === "text") break;
    expect((await collect(model.generate("Then", { maxNewTokens: 1 }))).finish).toMatchObject({ type: "finish" });
  });
});

describe("a constrained answer", () => {
  const schema: JsonSchema = {
    type: "object",
    properties: { numbers: { type: "array", items: { type: "integer" }, maxItems: 5 } },
    required: ["numbers"],
  };

  test("is JSON that fits, and ends by itself", async () => {
    const { text, finish } = await collect(model.chat(question, { schema, temperature: 0 }));
    expect(JSON.parse(text)).toEqual({ numbers: expect.any(Array) });
    expect(finish).toMatchObject({ reason: "stop" });
  });

  test("is closed in time", async () => {
    const { text } = await collect(model.generate("The numbers:", { schema, maxNewTokens: 8, temperature: 1, seed: 4 }));
    expect(JSON.parse(text)).toEqual({ numbers: expect.any(Array) });
  });

  test("is one of the choices", async () => {
    const choices = [" London", " Paris", " 北京"];
    expect((await collect(model.generate("The capital of France is", { choices, temperature: 0 }))).text).toBe(" Paris");
  });

  test("follows a grammar, also at a high temperature", async () => {
    const { text } = await collect(model.chat(question, { grammar: 'root ::= [1-5] (", " [1-5]){4}', temperature: 3 }));
    expect(text).toMatch(/^[1-5](, [1-5]){4}$/);
  });
});

describe("many answers", () => {
  test("come in the order of the questions, as each alone", async () => {
    const conversations = ["What is the capital of France?", "Write the numbers from 1 to 5.", "Say hello."].map((content): Message[] => [
      { role: "user", content },
    ]);
    const answers = await model.chatAll(conversations, { choices: [" Paris", " 1, 2, 3, 4, 5", " Hello!"], temperature: 0, batchSize: 2 });
    expect(answers).toHaveLength(3);
    for (const { text, reason } of answers) {
      expect([" Paris", " 1, 2, 3, 4, 5", " Hello!"]).toContain(text);
      expect(reason).toBe("stop");
    }
    const [one, other] = await model.generateAll(["The capital of France is", "One, two, three,"], { temperature: 0, maxNewTokens: 3 });
    expect(one!.text).toMatch(/Paris/);
    expect(other!.text).toMatch(/four/);
    expect(one!.usage).toMatchObject({ newTokens: 3 });
    expect(await model.generateAll([])).toEqual([]);
  });
});

describe("with log-probabilities", () => {
  test("each token comes before its text, with its own and the likeliest", async () => {
    const parts: Part[] = [];
    for await (const part of model.chat(question, { ...greedy, logProbs: 3, maxNewTokens: 6 })) parts.push(part);
    const tokens = parts.flatMap((part) => (part.type === "token" ? [part] : []));
    expect(tokens).toHaveLength(6);
    for (const { id, logProb, alternatives } of tokens) {
      expect(alternatives).toHaveLength(3);
      expect(alternatives[0]).toMatchObject({ id, logProb }); // greedy
      expect(alternatives[1]!.logProb).toBeLessThanOrEqual(logProb);
      expect(alternatives.reduce((sum, one) => sum + Math.exp(one.logProb), 0)).toBeLessThanOrEqual(1 + 1e-6);
    }
    const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
    expect(model.tokenizer.decode(tokens.map(({ id }) => id))).toBe(text);
  });

  test("the likely text has the lower perplexity, in windows as well", async () => {
    const likely = "The capital of France is Paris. ".repeat(5);
    const unlikely = "Paris France the is of capital. ".repeat(5);
    const [one, other] = [await model.perplexity(likely), await model.perplexity(unlikely)];
    expect(one.perplexity).toBeLessThan(other.perplexity);
    expect(one.tokens).toBe(model.tokenizer.encode(likely).length - 1);
    const ids = model.tokenizer.encode(likely);
    const whole = await model.logProbabilities(ids);
    const windowed = await model.logProbabilities(ids, { window: 16, stride: 8 });
    expect(whole).toHaveLength(ids.length - 1);
    expect(windowed.subarray(0, 15)).toEqual(whole.subarray(0, 15));
    // the token at 20 is in the window from 8 on, which begins anew there
    expect(windowed[19]).toBeCloseTo((await model.logProbabilities(ids.slice(8, 24)))[11]!, 3);
    expect(one.natsPerToken).toBeCloseTo(-whole.reduce((sum, score) => sum + score, 0) / whole.length, 6);
    expect((await collect(model.chat(question, greedy))).text).toMatch(/1.*2.*3/s);
  });
});

test("a special token that a message spells is text: nobody ends a turn by writing <|im_end|>", () => {
  const template = model.chatTemplate!;
  const ids = [...template.encode([{ role: "user", content: "a<|im_end|>\uF8FF0\uF8FF b" }], model.tokenizer)];
  const plain = [...template.encode([{ role: "user", content: "a" }], model.tokenizer)];
  const ends = (list: number[]): number => list.filter((id) => id === model.tokenizer.specialTokens.get("<|im_end|>")).length;
  expect(ends(ids)).toBe(ends(plain));
  expect(model.tokenizer.decode(ids)).toBe(template.render([{ role: "user", content: "a<|im_end|>\uF8FF0\uF8FF b" }]));
  expect(plain).toEqual([...model.tokenizer.encode(template.render([{ role: "user", content: "a" }]), { allowSpecial: true })]);
});

describe("what is refused", () => {
  test.each<[string, () => AsyncIterable<Part>, string]>([
    ["an unknown option", () => model.generate("a", { max_new_tokens: 3 } as GenerationOptions), 'options has no option "max_new_tokens"'],
    ["log-probabilities of −1 tokens", () => model.generate("a", { logProbs: -1 }), "logProbs must be an integer ≥ 0 and ≤ 49152, got -1"],
    ["no tokens", () => model.generate("a", { maxNewTokens: 0 }), "maxNewTokens must be an integer ≥ 1, got 0"],
    ["an empty prompt", () => model.generate(""), "prompt must be text that is not empty"],
    ["ids beyond the vocabulary", () => model.generate([1, 49152]), "prompt[1] must be ≥ 0 and < 49152, got 49152"],
    ["a prompt longer than the context", () => model.generate(new Uint32Array(8192)), "prompt must be shorter than 8192 tokens, got 8192"],
  ])("%s", async (_, run, message) => {
    await expect(collect(run())).rejects.toThrow(message);
  });

  test("windows that the model cannot read", async () => {
    await expect(model.perplexity("a b c", { window: 9000 })).rejects.toThrow("window must be an integer ≥ 2 and ≤ 8192, got 9000");
    await expect(model.perplexity("a b c", { window: 8, stride: 8 })).rejects.toThrow("stride must be an integer ≥ 1 and ≤ 7, got 8");
    await expect(model.perplexity([])).rejects.toThrow("texts of at least two tokens");
  });

  test("tools where the template has no place for them", () => {
    const tools = [{ name: "weather", parameters: { type: "object" } }];
    expect(() => model.chat(question, { tools })).toThrow(/the chat template of SmolLM2-135M-Instruct has no place for tools/);
    expect(() => model.chat(question, { tools: [...tools, ...tools] })).toThrow("tools[1].name must be a name of its own");
    expect(() => model.chat(question, { toolChoice: "required" })).toThrow("toolChoice must be left out where there are no tools");
  });

  test("many texts that are none", async () => {
    await expect(model.generateAll("a" as never)).rejects.toThrow('prompts must be an array, got "a"');
    await expect(model.generateAll(["a", ""])).rejects.toThrow("prompts[1] must be text that is not empty");
    await expect(model.generateAll(["a"], { batchSize: 0 })).rejects.toThrow("batchSize must be an integer ≥ 1");
    await expect(model.generateAll(["a"], { draft: "lookup" } as never)).rejects.toThrow("draft must be left out");
  });

  test("a draft that is not another model", async () => {
    await expect(collect(model.generate("a", { draft: model }))).rejects.toThrow('draft must be "lookup" or another LanguageModel');
    await expect(collect(model.generate("a", { draft: "ngram" as never }))).rejects.toThrow(
      'draft must be "lookup" or another LanguageModel',
    );
  });

  test("messages that are not messages", () => {
    expect(() => model.chat([])).toThrow("messages must be an array that is not empty");
    expect(() => model.chat("hello" as never)).toThrow('messages must be an array, got "hello"');
    expect(() => model.chat([{ role: "bot", content: "a" } as never])).toThrow("messages[0].role must be one of");
  });

  test("two generations at once", async () => {
    const one = model.generate("Once", { maxNewTokens: 5 });
    await one.next();
    await expect(collect(model.generate("Twice"))).rejects.toThrow("is generating already");
    await one.return(undefined);
  });

  test("a name that does not exist", async () => {
    await expect(LanguageModel.load("SmolLM")).rejects.toThrow(/SmolLM2-135M-Instruct/);
    await expect(LanguageModel.load("nowhere.gguf")).rejects.toThrow("the path of a file that exists");
  });
});
