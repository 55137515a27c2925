/** What "auto" stands for: one device, found once, with what it can do. */
import { describe, expect, test } from "vitest";
import { autoDevices, capabilitiesOf, GraphBuilder, openSession, resolveDevice, value } from "../../kernel-helpers/onnx/index.ts";

const graph = (): Uint8Array => {
  const builder = new GraphBuilder("double");
  const x = builder.input("x", "float32", [2]);
  builder.output("y", builder.node("Add", [x, x]), "float32", [2]);
  return builder.encode();
};

describe("auto", () => {
  test("is a device that computes, and the same one each time", () => {
    const device = resolveDevice("auto");
    expect(autoDevices()).toContain(device);
    expect(resolveDevice("auto")).toBe(device);
    using session = openSession(graph(), { device: "auto" });
    expect(session.device).toBe(device);
    expect([...session.runSync({ x: value(Float32Array.of(1, 2)) }).y!.data]).toEqual([2, 4]);
  });

  test("can do what its device can", () => {
    expect(capabilitiesOf("auto")).toEqual(capabilitiesOf(resolveDevice("auto")));
  });

  test.runIf(resolveDevice("auto") === "cpu")("without a GPU has all of the CPU's optimizations", () => {
    expect(capabilitiesOf("auto")).toEqual(capabilitiesOf("cpu"));
    expect(capabilitiesOf("auto").checksIndices).toBe(true);
  });
});

test("a device that is named is taken as it is, and an unknown one refused", () => {
  expect(resolveDevice("webgpu")).toBe("webgpu");
  expect(capabilitiesOf("cuda")).toEqual({ device: "cuda", checksIndices: false, channelBlock: undefined });
  expect(() => resolveDevice("gpu" as never)).toThrow('device must be one of "auto", "cpu", "webgpu", "cuda", got "gpu"');
});
