/** The wire codec: what is encoded is decoded, what was changed on the way is refused. */
import * as fc from "fast-check";
import { KernelMessage } from "@jupyterlab/services";
import { expect, test } from "vitest";
import { decode, encode } from "../../src/dist/kernel/wire.js";

const message = fc
  .record({
    code: fc.string({ unit: "binary" }),
    value: fc.jsonValue({ maxDepth: 2 }),
    buffers: fc.array(fc.uint8Array({ maxLength: 20 })),
  })
  .map(
    ({ code, value, buffers }) =>
      KernelMessage.createMessage({
        channel: "shell",
        msgType: "execute_request",
        session: "s",
        metadata: { value },
        buffers,
        content: { code, silent: false },
      } as never) as KernelMessage.IMessage,
  );
const bytes = (buffer: ArrayBuffer | ArrayBufferView): number[] => [
  ...(ArrayBuffer.isView(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer)),
];

test.each(["secret", ""])("a message survives, with the key %j and any number of identities before it", (key) => {
  fc.assert(
    fc.property(message, fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 3 }), (original, identities) => {
      const frames = [...identities.map((identity) => Buffer.from(identity)), ...encode(original, key)];
      const decoded = decode(frames, key, "shell")!;
      expect(JSON.parse(JSON.stringify({ ...decoded, buffers: [] }))).toEqual(JSON.parse(JSON.stringify({ ...original, buffers: [] })));
      expect(decoded.buffers!.map(bytes)).toEqual(original.buffers!.map(bytes));
    }),
  );
});

test("one changed byte of a signed frame is refused", () => {
  fc.assert(
    fc.property(message, fc.integer({ min: 1, max: 5 }), fc.nat(), (original, frame, position) => {
      const frames = encode(original, "secret");
      const changed = Buffer.from(frames[frame]!);
      const at = position % changed.length;
      changed[at] = changed[at]! ^ 1;
      frames[frame] = changed;
      expect(decode(frames, "secret", "shell")).toBeUndefined();
    }),
  );
});

test("frames that are no message are refused", () => {
  const frames = encode(
    KernelMessage.createMessage({ channel: "shell", msgType: "kernel_info_request", session: "s", content: {} }),
    "secret",
  );
  expect(decode(frames, "another", "shell")).toBeUndefined();
  expect(decode(frames.slice(1), "secret", "shell")).toBeUndefined();
  expect(decode(frames.slice(0, 4), "secret", "shell")).toBeUndefined();
  expect(decode([], "secret", "shell")).toBeUndefined();
  const nonsense = [frames[0]!, Buffer.alloc(0), ...["{", "{}", "{}", "{}"].map((text) => Buffer.from(text))];
  expect(decode(nonsense, "", "shell")).toBeUndefined();
});
