/** What a step of training costs on many machines, from what one of them computes and what a link between them carries. */
import { argumentError, checkInteger, checkNumber, checkObject, checkOptions } from "../../runtime/check.ts";
import { countShape, type ModelShape } from "./shape.ts";

/** Machines, as measured or as their maker says. */
export interface Cluster {
  /** Multiplications and additions that one GPU really does in a second of this model's matrices: its peak times what is reached of it. */
  flops: number;
  /** Bytes of one GPU's memory. */
  memory: number;
  /** GPUs that share a fast link. */
  perNode: number;
  /** Bytes per second that a GPU sends within its node. */
  inNode: number;
  /** Bytes per second that a GPU sends to other nodes. */
  betweenNodes: number;
  /** Seconds that a message takes however short it is. @default 1e-5 */
  latency?: number;
}

/**
 * DeepSeek's H800s (arXiv:2412.19437, sections 3.1 and 3.2): nodes of eight with 160 GB/s of NVLink within and 50 GB/s of InfiniBand between. What a GPU
 * reaches is not published; 180,000 GPU hours for 10¹² tokens of 37 billion parameters are 343 TFLOP/s with everything, so that much at least.
 */
export const h800: Cluster = { flops: 400e12, memory: 80e9, perNode: 8, inNode: 160e9, betweenNodes: 50e9 };

/** Into how many parts what is cut. Experts are spread over the workers of data parallelism. */
export interface Parallelism {
  /** Parts of the batch. */
  data: number;
  /** Parts of every matrix. @default 1 */
  tensor?: number;
  /** Parts of the stack of layers. @default 1 */
  pipeline?: number;
  /** Parts of each layer's experts, a divisor of `data`. @default 1 */
  expert?: number;
}

export interface Work {
  model: ModelShape;
  /** Sequences of all workers in a step. */
  sequences: number;
  /** Tokens of one. */
  length: number;
  /** Sequences that go through the pipeline at once. @default 1 */
  microBatch?: number;
  /** Bytes of a number that is sent or stored: of activations, gradients and weights. @default 2 */
  bytes?: number;
  /** Bytes of the optimizer for each parameter, which ZeRO-1 cuts by `data`: float32 weights and AdamW's moments. @default 12 */
  optimizerBytes?: number;
  /** Part of the exchange of gradients and of experts that is hidden behind computing, 0 to 1. @default 0 */
  overlap?: number;
}

/** Seconds of a step, by what they go to, and what a GPU has to hold. */
export interface StepCost {
  parallelism: Required<Parallelism>;
  gpus: number;
  seconds: number;
  parts: { compute: number; bubble: number; data: number; tensor: number; pipeline: number; expert: number };
  /** Bytes of one GPU: weights, gradients, its share of the optimizer's state, and the activations of what is under way, recomputed layer by layer. */
  memory: number;
  fits: boolean;
  tokensPerSecond: number;
  /** Seconds of computing alone, in those of the step: how much of what the GPUs reach is used. */
  efficiency: number;
}

/**
 * Seconds of an all-reduce as a ring — Patarasuk & Yuan 2009: each of n sends 2(n − 1)/n of the bytes, in 2(n − 1) messages.
 *
 * @param bandwidth Bytes per second that each sends.
 */
export function ringSeconds(workers: number, bytes: number, bandwidth: number, latency: number = 0): number {
  checkInteger("workers", workers, { min: 1 });
  checkNumber("bytes", bytes, { min: 0 });
  checkNumber("bandwidth", bandwidth, { above: 0 });
  checkNumber("latency", latency, { min: 0 });
  return workers === 1 ? 0 : ((2 * (workers - 1)) / workers) * (bytes / bandwidth) + 2 * (workers - 1) * latency;
}

/**
 * The cost of one step: 6 multiplications and additions for each active parameter and token (forward 2, backward 4; attention's own products are left
 * out), a pipeline's bubble as in 1F1B — Narayanan et al. 2021 (arXiv:2104.04473) — and what is sent, at the bandwidth of the slowest link on its way.
 *
 * @throws {ArgumentError} Sizes that do not go together.
 * @example
 * stepCost({ model: deepSeekV3, sequences: 15_360, length: 4096 }, h800, { data: 128, pipeline: 16, expert: 64 }).tokensPerSecond
 */
export function stepCost(work: Work, cluster: Cluster, parallelism: Parallelism): StepCost {
  const { sequences, length, microBatch, bytes, optimizerBytes, overlap, model } = checkWork(work);
  checkCluster(cluster);
  const { data, tensor, pipeline, expert } = checkParallelism(parallelism, work);
  const { parameters, ofExperts, active, mixtureLayers } = countShape(model);
  const { latency = 1e-5, flops, perNode, inNode, betweenNodes } = cluster;
  const gpus = data * tensor * pipeline;
  const tokens = sequences * length;
  const rate = (group: number): number => (group <= perNode ? inNode : betweenNodes);

  const compute = (6 * active * tokens) / (gpus * flops);
  const microBatches = Math.max(1, Math.ceil(sequences / data / microBatch));
  const bubble = (compute * (pipeline - 1)) / microBatches;
  const ownLayers = model.layers / pipeline;
  const ownTokens = tokens / data;
  const activations = ownTokens * model.width * bytes;
  // Within a layer: forward and backward, behind attention and behind the feed-forward part.
  const ofTensor =
    4 * ownLayers * (ringSeconds(tensor, activations, rate(tensor)) + (tensor > 1 ? 2 * (tensor - 1) * latency * microBatches : 0));
  // From stage to stage, there and back.
  const ofPipeline = pipeline === 1 ? 0 : (2 * activations) / tensor / rate(gpus) + 2 * microBatches * latency;
  // To the experts and back, forward and backward.
  const sent = (activations * (model.experts?.perToken ?? 0) * (expert - 1)) / expert / tensor;
  const ofExpert = expert === 1 ? 0 : 4 * (mixtureLayers / pipeline) * (sent / rate(expert * tensor) + latency * microBatches);
  // Experts are summed over the workers that have the same ones.
  const own = (parameters - ofExperts) / (tensor * pipeline);
  const ownExperts = ofExperts / (tensor * pipeline * expert);
  const ofData =
    ringSeconds(data, own * bytes, rate(data * tensor), latency) +
    ringSeconds(data / expert, ownExperts * bytes, rate(data * tensor), latency);

  const exposed = (seconds: number): number => seconds * (1 - overlap);
  const parts = { compute, bubble, data: exposed(ofData), tensor: ofTensor, pipeline: ofPipeline, expert: exposed(ofExpert) };
  const seconds = Object.values(parts).reduce((sum, each) => sum + each, 0);
  const underWay = Math.min(pipeline, microBatches) * microBatch * length * model.width * bytes * ownLayers;
  const memory = (own + ownExperts) * 2 * bytes + (own / data + ownExperts / (data / expert)) * optimizerBytes + underWay / tensor;
  return {
    parallelism: { data, tensor, pipeline, expert },
    gpus,
    seconds,
    parts,
    memory,
    fits: memory <= cluster.memory,
    tokensPerSecond: tokens / seconds,
    efficiency: compute / seconds,
  };
}

function checkWork(work: Work): Required<Work> {
  checkObject("work", work, { hint: "pass { model, sequences, length }" });
  checkOptions("work", work, ["model", "sequences", "length", "microBatch", "bytes", "optimizerBytes", "overlap"]);
  const { model, sequences, length, microBatch = 1, bytes = 2, optimizerBytes = 12, overlap = 0 } = work;
  for (const [name, count] of Object.entries({ sequences, length, microBatch })) checkInteger(`work.${name}`, count, { min: 1 });
  checkNumber("work.bytes", bytes, { above: 0 });
  checkNumber("work.optimizerBytes", optimizerBytes, { min: 0 });
  checkNumber("work.overlap", overlap, { min: 0, max: 1 });
  return { model, sequences, length, microBatch, bytes, optimizerBytes, overlap };
}

export function checkCluster(cluster: Cluster): void {
  checkObject("cluster", cluster, { hint: "pass { flops, memory, perNode, inNode, betweenNodes }, or h800" });
  checkOptions("cluster", cluster, ["flops", "memory", "perNode", "inNode", "betweenNodes", "latency"]);
  const { flops, memory, perNode, inNode, betweenNodes, latency = 0 } = cluster;
  for (const [name, amount] of Object.entries({ flops, memory, inNode, betweenNodes }))
    checkNumber(`cluster.${name}`, amount, { above: 0 });
  checkInteger("cluster.perNode", perNode, { min: 1 });
  checkNumber("cluster.latency", latency, { min: 0 });
}

function checkParallelism(parallelism: Parallelism, { model, sequences }: Work): Required<Parallelism> {
  checkOptions("parallelism", parallelism, ["data", "tensor", "pipeline", "expert"]);
  const { data, tensor = 1, pipeline = 1, expert = 1 } = parallelism;
  for (const [name, parts] of Object.entries({ data, tensor, pipeline, expert })) checkInteger(`parallelism.${name}`, parts, { min: 1 });
  checkInteger("parallelism.data", data, { max: sequences, hint: "a worker needs a sequence at least" });
  checkInteger("parallelism.pipeline", pipeline, { max: model.layers });
  if (data % expert !== 0 || expert > (model.experts?.count ?? 1)) {
    throw argumentError("parallelism.expert", `a divisor of data, at most ${model.experts?.count ?? 1}`, expert, {
      hint: "experts are spread over the workers that share a batch",
    });
  }
  return { data, tensor, pipeline, expert };
}
