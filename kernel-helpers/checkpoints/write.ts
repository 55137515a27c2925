/** Writing safetensors, whole or not at all. What no reader opens is refused before a byte is written. */
import { ArgumentError } from "../errors.ts";
import { checkArray, checkChoice, checkInteger, checkObject, checkOptions, checkText, checkUnicode } from "../runtime/check.ts";
import { bytesPerElement, checkpointDTypes, toStored } from "./dtypes.ts";
import { encodeHeader, longestHeader, type TensorInfo } from "./header.ts";
import { replaceWithParts } from "./replace.ts";
import type { CheckpointTensor } from "./safetensors.ts";

/**
 * Writes a file, whole or not at all. Tensors of wide types come first, so that each starts at a multiple of its element's size.
 *
 * @param tensors Name → type, shape and data; float32 data of type F16 or BF16 is rounded to it.
 * @param metadata Text → text, kept in the header.
 * @throws {ArgumentError} What no reader accepts: a shape that is not the data's, the name __metadata__, metadata that is not text, a header
 * above 100 MB.
 */
export async function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, CheckpointTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  checkText("file", file, { allowEmpty: false, hint: "pass the path of the file to write" });
  for (const [key, text] of Object.entries(checkObject("metadata", metadata, { hint: "pass an object of strings" }))) {
    checkUnicode("a key of metadata", key);
    checkUnicode(`metadata[${JSON.stringify(key)}]`, text, {
      hint: "the format keeps text only: use String(value) or JSON.stringify(value)",
    });
  }
  const { parts, infos } = layOut(tensors);
  const header = encodeHeader(infos, metadata);
  if (header.length - 8 > longestHeader) {
    throw new ArgumentError(`names and metadata take ${header.length - 8} bytes, and a header has ${longestHeader} at most`, {
      hint: "keep large metadata in a file of its own",
      facts: { headerBytes: header.length - 8, longestHeader },
    });
  }
  await replaceWithParts(file, [header, ...parts]);
}

function layOut(tensors: Readonly<Record<string, CheckpointTensor>>): { infos: TensorInfo[]; parts: Uint8Array[] } {
  checkObject("tensors", tensors, { hint: "pass an object of name → { dtype, shape, data }" });
  const checked = Object.entries(tensors).map(([name, tensor]) => checkTensor(name, tensor));
  checked.sort((one, other) => bytesPerElement(other.dtype) - bytesPerElement(one.dtype) || (one.name < other.name ? -1 : 1));
  let offset = 0;
  const infos = checked.map(({ name, dtype, shape, bytes }): TensorInfo => {
    offset += bytes.length;
    return { name, dtype, shape, offset: offset - bytes.length, bytes: bytes.length };
  });
  return { infos, parts: checked.map(({ bytes }) => bytes) };
}

function checkTensor(
  name: string,
  tensor: CheckpointTensor,
): Pick<CheckpointTensor, "dtype" | "shape"> & { name: string; bytes: Uint8Array } {
  const argument = `tensors[${JSON.stringify(name)}]`;
  checkUnicode("a name in tensors", name);
  if (name === "__metadata__") {
    throw new ArgumentError('a tensor must not be named "__metadata__"', {
      hint: "the format keeps this name for metadata, the third argument",
      facts: { argument: "tensors", value: name },
    });
  }
  checkOptions(argument, checkObject(argument, tensor, { hint: "pass an object with dtype, shape and data" }), ["dtype", "shape", "data"]);
  const dtype = checkChoice(`${argument}.dtype`, tensor.dtype, checkpointDTypes);
  const shape = checkArray(`${argument}.shape`, tensor.shape, (size, value) => checkInteger(size, value, { min: 0 }));
  const data = toStored(`${argument}.data`, dtype, tensor.data);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements !== data.length) {
    throw new ArgumentError(
      `tensor ${JSON.stringify(name)} has ${data.length} elements, its shape (${shape.join(", ")}) holds ${elements}`,
      {
        hint: "pass the shape of the data",
        facts: { tensor: name, shape, elements: data.length },
      },
    );
  }
  return { name, dtype, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}
