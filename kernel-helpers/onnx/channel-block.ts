/** ONNX Runtime's CPU convolutions keep channels in blocks as wide as the processor's vectors (MLAS, "NCHWc"): 16 with AVX-512, 8 with AVX2. */
import { GraphBuilder } from "./graph-builder.ts";
import { startSession } from "./session.ts";

/** The domain of its operators ReorderInput, Conv and ReorderOutput; what they hold in between depends on the processor. */
export const blockedDomain = "com.microsoft.nchwc";

let known: { block: number | undefined } | undefined;

/** How many channels lie together on this processor, or nothing where there are no such convolutions. */
export function channelBlock(): number | undefined {
  return (known ??= { block: probe() }).block;
}

/** Puts two pixels of 64 channels into blocks: channel 0 of the second pixel comes to lie one block's width from the start. */
function probe(): number | undefined {
  const graph = new GraphBuilder("probe");
  const x = graph.input("x", "float32", [1, 1, 2, 64]);
  const blocked = graph.node("ReorderInput", [x], { domain: blockedDomain, attributes: { channels_last: 1 } });
  graph.output("y", blocked, "float32", [1, 64, 1, 2]);
  try {
    using session = startSession("cpu", graph.encode(), { threads: 1 });
    const data = Float32Array.from({ length: 128 }, (_, index) => (index === 64 ? 1 : 0));
    const { y } = session.runSync({ x: { dtype: "float32", dims: [1, 1, 2, 64], data } });
    const block = (y!.data as Float32Array).indexOf(1);
    return block > 1 && block < 64 ? block : undefined;
  } catch {
    return undefined;
  }
}
