export { diffLines, linesOf, type Line } from "./lines.ts";
export { agreeWithin, usualTolerance, type Tolerance } from "./numbers.ts";
export { diffOutputs, isSameOutput, type OutputDifference, type OutputRules } from "./outputs.ts";
export { pictureOf, usualPictureTolerance, type Picture } from "./picture.ts";
export { jsonText, shownOf, type Shown } from "./shown.ts";
export { showLines, showOutput, unpainted, type DiffPaint } from "./text.ts";
export { diffNotebooks, isSameNotebook, type CellDifference, type NotebookDifference } from "./notebooks.ts";
export { showNotebooks, type CellPaint } from "./show-notebook.ts";
