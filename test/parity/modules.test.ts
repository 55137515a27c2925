/** Every module of nn, and attention as a function, against the live PyTorch: values, gradients by inputs and parameters, and their gradients. */
import { describe, expect, test } from "vitest";
import { GPT } from "../../kernel-helpers/llm/index.ts";
import {
  applyRotary,
  attentionWeights,
  causalMask,
  Dropout,
  Embedding,
  LayerNorm,
  Linear,
  paddingMask,
  RMSNorm,
  scaledDotProductAttention,
  SelfAttention,
  Sequential,
  SwiGLU,
  type Module,
} from "../../kernel-helpers/nn/index.ts";
import { grad, jit, ones, tensor, where, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { testAgainstTorch, type Row } from "./against-torch.ts";
import { same, torchNumbers, type Case } from "./compare.ts";
import type { Draw, Sizes } from "./draw.ts";
import { py } from "./operators/row.ts";

/** Of what modules begin with: the comparisons replace it. */
const seed = 1;

/** With random numbers for parameters, so that gains, biases and the like matter. */
function randomized<M extends Module>(module: M, draw: Draw): M {
  return module.load(
    Object.fromEntries(Object.entries(module.parameters()).map(([name, { shape }]) => [name, draw.normal(shape).mul(0.5)])),
  );
}

/** A module that takes x. */
function ofModule(draw: Draw, module: Module & { forward(x: Tensor): Tensor }, x: Tensor, torch: string): Case {
  randomized(module, draw);
  return same({ x }, (given) => module.forward(given.x), torch, { parameters: module.parameters() });
}

/** 1 for tokens and 0 for the padding behind them. */
function tokens(draw: Draw, B: number, T: number): Tensor {
  return tensor(
    Array.from({ length: B }, () => {
      const length = 1 + draw.integer(T);
      return Array.from({ length: T }, (_, place) => (place < length ? 1 : 0));
    }),
    { dtype: "int64" },
  );
}

const headsAndWidth = (draw: Draw) => {
  const [numKeyValueHeads, group, D] = [draw.choose([1, 2, 3]), draw.choose([1, 2, 4]), 2 * draw.choose([1, 2, 4])];
  return { numKeyValueHeads, heads: numKeyValueHeads * group, D, width: numKeyValueHeads * group * D };
};

/** Queries, keys and values of sizes that fit. */
function queries(draw: Draw, { grouped = false, isLonger = false } = {}) {
  const { numKeyValueHeads, heads, D } = headsAndWidth(draw);
  const [B, T] = [draw.size(), draw.size()];
  const [S, G] = [isLonger ? T + draw.integer(4) : draw.size(), grouped ? numKeyValueHeads : heads];
  return { q: draw.normal([B, heads, T, D]), k: draw.normal([B, G, S, D]), v: draw.normal([B, G, S, D]) };
}

const rows: readonly Row[] = [
  ...[true, false].map((bias): Row => [
    bias ? "Linear" : "Linear without a bias",
    (draw) => {
      const [inputs, outputs] = [draw.size(), draw.size()];
      const module = new Linear(inputs, outputs, { bias, seed });
      return ofModule(
        draw,
        module,
        draw.normal([...draw.shape(0, 3), inputs]),
        `run(nn.Linear(${inputs}, ${outputs}, bias=${py(bias)}), given, x)`,
      );
    },
  ]),
  [
    "Embedding",
    (draw) => {
      const [count, width] = [draw.size(), draw.size()];
      return ofModule(
        draw,
        new Embedding(count, width, { seed }),
        draw.ids(draw.shape(0, 3), count),
        `run(nn.Embedding(${count}, ${width}), given, x)`,
      );
    },
  ],
  [
    "LayerNorm",
    (draw) => {
      const width = 1 + draw.size();
      const x = draw.normal([...draw.shape(0, 3), width]);
      return ofModule(draw, new LayerNorm(width, { epsilon: 1e-4 }), x, `run(nn.LayerNorm(${width}, 1e-4), given, x)`);
    },
  ],
  ...["nn.RMSNorm", "Llama"].map((peer): Row => [
    `RMSNorm as ${peer} has it`,
    (draw) => {
      const width = 1 + draw.size();
      const theirs = peer === "Llama" ? "llama_norm(given, 1e-6)" : `run(nn.RMSNorm(${width}, 1e-6), given, x)`;
      return ofModule(draw, new RMSNorm(width), draw.normal([...draw.shape(0, 3), width]), theirs);
    },
  ]),
  [
    "Dropout in evaluation",
    (draw) => ofModule(draw, new Dropout(0.5, { seed }).eval(), draw.normal(draw.shape()), "run(nn.Dropout(0.5).eval(), given, x)"),
  ],
  [
    "Sequential",
    (draw) => {
      const [first, hidden, last] = [draw.size(), draw.size(), draw.size()];
      const module = new Sequential(
        new Linear(first, hidden, { seed }),
        (x) => x.tanh(),
        new LayerNorm(hidden, { epsilon: 0.1 }),
        new Linear(hidden, last, { seed }),
      );
      const theirs = `nn.Sequential(nn.Linear(${first}, ${hidden}), nn.Tanh(), nn.LayerNorm(${hidden}, 0.1), nn.Linear(${hidden}, ${last}))`;
      return ofModule(draw, module, draw.normal([...draw.shape(0, 2), first]), `run(${theirs}, given, x)`);
    },
  ],
  ...[true, false].map((bias): Row => [
    bias ? "SwiGLU with biases" : "SwiGLU",
    (draw) => {
      const [width, hidden] = [draw.size(), draw.size()];
      const x = draw.normal([...draw.shape(0, 3), width]);
      return ofModule(draw, new SwiGLU(width, hidden, { bias, seed }), x, `llama_mlp(given, ${hidden}, ${py(bias)})`);
    },
  ]),

  ...[false, true].map((causal): Row => [
    causal ? "SelfAttention, causal" : "SelfAttention",
    (draw) => {
      const { heads, width } = headsAndWidth(draw);
      const module = randomized(new SelfAttention(width, { heads, seed }), draw);
      const x = draw.normal([draw.size(), draw.size(), width]);
      return same({ x }, (given) => module.forward(given.x, { causal }), `multihead(given, ${heads}, causal=${py(causal)})`, {
        parameters: module.parameters(),
      });
    },
  ]),
  [
    "SelfAttention of padded rows",
    (draw) => {
      const { heads, width } = headsAndWidth(draw);
      const [B, T] = [draw.size(), draw.size()];
      const module = randomized(new SelfAttention(width, { heads, seed }), draw);
      const inputs = { x: draw.normal([B, T, width]), isToken: tokens(draw, B, T) };
      const causal = draw.flip();
      return same(
        inputs,
        ({ x, isToken }) => module.forward(x, { mask: paddingMask(isToken), causal }),
        `multihead(given, ${heads}, causal=${py(causal)}, is_token=isToken)`,
        { parameters: module.parameters() },
      );
    },
  ],
  [
    "SelfAttention as Llama has it: rotary, grouped queries",
    (draw) => {
      const { numKeyValueHeads, heads, width } = headsAndWidth(draw);
      const [bias, start, base] = [draw.flip(), draw.choose([0, 5, 50]), draw.choose([10_000, 500_000])];
      const module = randomized(new SelfAttention(width, { heads, numKeyValueHeads, bias, seed, rotary: { start, base } }), draw);
      return same(
        { x: draw.normal([draw.size(), draw.size(), width]) },
        ({ x }) => module.forward(x, { causal: true }),
        `llama_attention(given, ${heads}, ${numKeyValueHeads}, ${py(bias)}, ${start}, ${base})`,
        { parameters: module.parameters() },
      );
    },
  ],
  [
    "the loss of a GPT, as GPT-2 of transformers has it",
    (draw) => {
      const heads = draw.choose([1, 2, 4]);
      const config = { vocabularySize: 11, contextLength: 8, layers: 2, heads, width: 4 * heads };
      const gpt = randomized(new GPT(config), draw);
      const shape = [draw.size(), Math.min(8, draw.size())];
      const inputs = { ids: draw.ids(shape, 11), targets: draw.ids(shape, 11) };
      return same(inputs, ({ ids, targets }) => gpt.loss(ids, targets), `gpt2_loss(given, ${JSON.stringify(config)})`, {
        parameters: gpt.parameters(),
        order: 1, // the parts' second ones are compared above; a whole model's take long to compile
      });
    },
  ],
  ...(["halves", "pairs"] as const).map((layout): Row => [
    `applyRotary, in ${layout}`,
    (draw) => {
      const x = draw.normal([draw.size(), draw.size(), draw.size(), 2 * draw.size()]);
      // The hub's Llama has its angles in float32, which leaves far positions fewer digits than we have.
      const [start, base] = [draw.choose([0, 3, layout === "halves" ? 50 : 1000]), draw.choose([10_000, 500_000])];
      return same({ x }, (given) => applyRotary(given.x, { start, base, layout }), `rotate_${layout}(x, ${start}, ${base})`);
    },
  ]),

  ["scaledDotProductAttention", (draw) => same(queries(draw), ({ q, k, v }) => scaledDotProductAttention(q, k, v), "attention(q, k, v)")],
  [
    "scaledDotProductAttention, causal",
    (draw) => {
      const { q, v } = queries(draw);
      return same(
        { q, k: draw.normal(q.shape), v: draw.normal([...q.shape.slice(0, 3), v.shape[3]!]) },
        (given) => scaledDotProductAttention(given.q, given.k, given.v, { causal: true }),
        "attention(q, k, v, is_causal=True)",
      );
    },
  ],
  [
    "scaledDotProductAttention, causal, with keys of before",
    (draw) =>
      same(
        queries(draw, { isLonger: true }),
        ({ q, k, v }) => scaledDotProductAttention(q, k, v, { causal: true }),
        "attention(q, k, v, attn_mask=lower_right(q.shape[2], k.shape[2]))",
      ),
  ],
  [
    "scaledDotProductAttention with a mask that is added",
    (draw) => {
      const inputs = queries(draw);
      const mask = draw.normal([inputs.q.shape[2]!, inputs.k.shape[2]!]);
      return same(
        { ...inputs, mask },
        (given) => scaledDotProductAttention(given.q, given.k, given.v, { mask: given.mask }),
        "attention(q, k, v, attn_mask=mask)",
      );
    },
  ],
  [
    "scaledDotProductAttention of scores beyond 10⁹, masked",
    (draw) => {
      const { q, k, v } = queries(draw);
      const mask = draw.flags([q.shape[2]!, k.shape[2]!]);
      const inputs = { q: q.mul(1e6), k: k.mul(1e6), v, mask };
      return same(
        inputs,
        (given) => scaledDotProductAttention(given.q, given.k, given.v, { mask: given.mask }),
        "attention(q, k, v, attn_mask=mask)",
        { order: 0 }, // the scores' slopes are beyond what float32 can compare
      );
    },
  ],
  ...(["of bools", "that is added"] as const).map((kind): Row => [
    `scaledDotProductAttention with a mask ${kind}, which may leave a query no key`,
    (draw) => {
      const { q, k, v } = queries(draw);
      const seen = draw.flags([q.shape[2]!, k.shape[2]!]);
      const mask = kind === "of bools" ? seen : where(seen, 0, -Infinity).to("float32");
      return same(
        { q, k, v, seen, ...(kind === "that is added" && { mask: mask.detach() }) },
        (given) => scaledDotProductAttention(given.q, given.k, given.v, { mask }),
        kind === "of bools" ? "attention(q, k, v, attn_mask=seen)" : "attention(q, k, v, attn_mask=mask.detach())",
      );
    },
  ]),
  [
    "scaledDotProductAttention of grouped queries",
    (draw) =>
      same(queries(draw, { grouped: true }), ({ q, k, v }) => scaledDotProductAttention(q, k, v), "attention(q, k, v, enable_gqa=True)"),
  ],
  ...(["bool", "-Infinity"] as const).map((kind): Row => [
    `scaledDotProductAttention with random masks of ${kind}, whole rows among them`,
    (draw) => {
      const inputs = queries(draw);
      const [B, H, T] = inputs.q.shape as [number, number, number];
      const isWhole = draw.flags([B, H, T, 1]).logicalAnd(draw.flags([B, H, T, 1])); // a quarter of the rows
      const seen = draw
        .flags([B, H, T, inputs.k.shape[2]!])
        .logicalOr(draw.flags([T, 1]))
        .logicalAnd(isWhole.logicalNot());
      if (kind === "bool") {
        return same(
          { ...inputs, seen },
          (given) => scaledDotProductAttention(given.q, given.k, given.v, { mask: given.seen }),
          `attention(q, k, v, attn_mask=seen)`,
        );
      }
      const mask = tensor(where(seen, draw.normal([T, inputs.k.shape[2]!]), -Infinity).data, { shape: seen.shape });
      return same(
        { ...inputs, mask },
        (given) => scaledDotProductAttention(given.q, given.k, given.v, { mask: given.mask }),
        `attention(q, k, v, attn_mask=mask)`,
      );
    },
  ]),
  [
    "scaledDotProductAttention with scores up to 1e10 and random masks",
    (draw) => {
      const { q, k, v } = queries(draw);
      const [B, H, T, D] = q.shape as [number, number, number, number];
      const S = k.shape[2]!;
      // Scores far apart: whichever is largest of those seen takes all, and what is masked may be the largest by 1e10.
      const large = draw.integer(2) === 0 ? 1e10 : 3e9;
      const [far, seen] = [tensor(k.mul(large / D).data, { shape: k.shape }), draw.flags([B, H, T, S])];
      return same(
        { q, far, v, seen },
        (given) => scaledDotProductAttention(given.q, given.far, given.v, { mask: given.seen }),
        "attention(q, far, v, attn_mask=seen)",
        { order: 1 },
      );
    },
  ],
  [
    "scaledDotProductAttention, causal, of padded rows",
    (draw) => {
      const inputs = queries(draw, { isLonger: true });
      const [B, , T] = inputs.q.shape as [number, number, number];
      const S = inputs.k.shape[2]!;
      const isToken = draw.flags([B, S]); // at either end or anywhere: the first queries may see none
      return same(
        { ...inputs, isToken },
        (given) => scaledDotProductAttention(given.q, given.k, given.v, { causal: true, mask: paddingMask(given.isToken) }),
        `attention(q, k, v, attn_mask=lower_right(${T}, ${S}) & isToken.bool()[:, None, None, :])`,
      );
    },
  ],
  [
    "attentionWeights and causalMask",
    (draw) =>
      same(
        queries(draw, { isLonger: true }),
        ({ q, k }) => attentionWeights(q, k, { mask: causalMask(q.shape[2]!, k.shape[2]) }),
        "torch.where(lower_right(q.shape[2], k.shape[2]), q @ k.mT / q.shape[3] ** 0.5, -torch.inf).softmax(-1)",
      ),
  ],
];

const draws: readonly Sizes[] = ["ones", "any", "any", "any", "any", "any"];
describe("against PyTorch", () => {
  testAgainstTorch(rows, draws);

  test("Dropout in training drops as many, makes the others as large, and draws masks that know nothing of each other", () => {
    const rate = 0.3;
    const dropout = new Dropout(rate, { seed: 1 });
    const x = ones([1_000_000]);
    const [first, second] = [dropout.forward(x), dropout.forward(x)];
    const shareOf = (flags: Tensor): number => flags.to("float32").mean().item();
    const ours = [
      first.max().item(),
      shareOf(first.equal(0)),
      shareOf(second.equal(0)),
      shareOf(first.equal(0).logicalAnd(second.equal(0))),
    ];
    const theirs = torchNumbers(
      `(lambda x, y: torch.stack([x.max(), *((z == 0).float().mean() for z in (x, y)), ((x == 0) & (y == 0)).float().mean()]))(
        *(F.dropout(torch.ones(1_000_000), ${rate}) for _ in range(2)))`,
    );
    expect(ours).toEqual(theirs.map((number) => expect.closeTo(number, 2))); // shares have a standard deviation of 0.0005
    expect(new Set(first.data as Float32Array)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
  });

  test("Dropout in training passes on the gradient of what it kept", () => {
    const dropout = new Dropout(0.5, { seed: 2 });
    const step = jit((x: Tensor) => {
      let kept = x;
      const gradient = grad((input: Tensor) => {
        kept = dropout.forward(input);
        return kept.sum();
      })(x);
      return { kept, gradient };
    });
    const { kept, gradient } = step(ones([1000]));
    expect(gradient.data).toEqual(kept.data);
    expect(new Set(kept.data as Float32Array)).toEqual(new Set([0, 2]));
  });
});
