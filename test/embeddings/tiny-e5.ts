/** An encoder of a few numbers in the format E5S1, as bytes. */
export const tinySizes = { width: 32, hidden: 64, vocabSize: 8, positions: 6 } as const;
const { width, hidden, vocabSize, positions } = tinySizes;
const pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁a", "<mask>"];
const int = (...values: number[]): Buffer => Buffer.from(Int32Array.from(values).buffer);
const long = (value: number): Buffer => Buffer.from(BigInt64Array.of(BigInt(value)).buffer);
const float = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

/** Blocks of Q4_0 with the scale 0.5, byte j of a block holding the integers j and j + 16. */
const q4 = (rows: number, columns: number): Buffer =>
  Buffer.concat(
    Array.from({ length: (rows * columns) / 32 }, (_, block) =>
      Buffer.of(0x00, 0x38, ...Array.from({ length: 16 }, (_byte, j) => ((j + block) % 16) | (((15 - j) % 16) << 4))),
    ),
  );

export function tinyE5File(): Buffer {
  const norm = (name: string): [string, number, Buffer][] => [
    [`${name}.w`, 0, float(...Array<number>(width).fill(1))],
    [`${name}.b`, 0, float(...Array<number>(width).fill(0.1))],
  ];
  const linear = (name: string, rows: number, columns: number): [string, number, Buffer][] => [
    [`${name}.w`, 1, q4(rows, columns)],
    [`${name}.b`, 0, float(...Array<number>(rows).fill(0.2))],
  ];
  const ramp = (count: number): Buffer => float(...Array.from({ length: count }, (_, index) => Math.sin(index)));
  const tensors: [string, number, Buffer][] = [
    ["emb.word", 1, q4(vocabSize, width)],
    ["emb.pos", 0, ramp(positions * width)],
    ["emb.type", 0, ramp(2 * width)],
    ...norm("emb.ln"),
    ...["q", "k", "v", "ao"].flatMap((name) => linear(`l0.${name}`, width, width)),
    ...norm("l0.aln"),
    ...linear("l0.fi", hidden, width),
    ...linear("l0.fo", width, hidden),
    ...norm("l0.oln"),
  ];
  const text = Buffer.from(pieces.join(""));
  const ends = pieces.map((_, index) => Buffer.byteLength(pieces.slice(0, index + 1).join("")));
  const sizes = [int(1, width, 1, 2, hidden, vocabSize, positions, 2), float(1e-12), int(32)];
  const vocabulary = [int(pieces.length, 0, 2, 1, 3), long(text.length), int(0, ...ends), float(0, 0, 0, 0, -3, -2, -2.5, 0), text];
  const characters = [int(1), int(13), int("Ａ".codePointAt(0)!), Buffer.of(1), int("a".codePointAt(0)!)]; // one that is normalised
  const head = Buffer.concat([Buffer.from("E5S1"), ...sizes, ...vocabulary, ...characters, int(tensors.length)]);
  const directory = tensors.reduce((bytes, [name]) => bytes + 2 + name.length + 1 + 4 + 16, 0);
  let offset = head.length + directory;
  const entries = tensors.map(([name, kind, data]) => {
    const entry = [
      Buffer.from(Uint16Array.of(name.length).buffer),
      Buffer.from(name),
      Buffer.of(kind),
      int(0),
      long(offset),
      long(data.length),
    ];
    offset += data.length;
    return Buffer.concat(entry);
  });
  return Buffer.concat([head, ...entries, ...tensors.map(([, , data]) => data)]);
}
