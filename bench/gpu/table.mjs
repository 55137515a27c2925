/** The table of bench/gpu.sh, from as many figures as there are. */
export const columns = [
  "ours, TF32",
  "ours, float32",
  "ours, float16",
  "PyTorch float32",
  "PyTorch TF32",
  "compiled, TF32",
  "PyTorch float16",
];

const shown = (number) => (number === undefined ? "–" : Math.round(number).toLocaleString("en"));

/** Of float32 and TF32; float16 is compared with float16. */
function ratio(row) {
  const best = Math.max(...["PyTorch float32", "PyTorch TF32", "compiled, TF32"].map((column) => row[column] ?? 0));
  const ours = row["ours, TF32"] ?? row["ours, float32"];
  return ours && best ? (ours / best).toFixed(2) : "–";
}

/** Whether both did the same work: first losses, a vector, greedy ids. */
export function differences(rows) {
  return rows.flatMap(({ name, checks = {} }) => {
    const [ours, theirs] = [checks["ours, float32"] ?? checks["ours, TF32"], checks["PyTorch float32"]];
    if (!ours || !theirs) return [];
    const apart = Math.max(...ours.map((number, index) => Math.abs(number - theirs[index])));
    if (name.startsWith("decode") ? apart === 0 : apart < 0.02) return [];
    return [`${name}: ours and PyTorch differ, by ${apart.toPrecision(2)} at most (${ours.slice(0, 4)} and ${theirs.slice(0, 4)})`];
  });
}

export function tableOf(rows) {
  const used = columns.filter((column) => rows.some((row) => row[column] !== undefined));
  return [
    `| | ${[...used, "ours to the best of float32 and TF32"].join(" | ")} |`,
    `| --- |${" --- |".repeat(used.length + 1)}`,
    ...rows.map((row) => `| ${[row.name, ...used.map((column) => shown(row[column])), ratio(row)].join(" | ")} |`),
  ].join("\n");
}
