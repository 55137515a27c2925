/** What programs import from the package: notebooks run, read and exported. */
export { CairnError, InputError, type CairnErrorOptions } from "../errors.ts";
export type { CellError, CellResult, CellStatus, ExecutionEvent, LiveOutput, NotebookResult, NotebookStatus } from "../execute/index.ts";
export { NotebookFormatError, readNotebook, writeNotebook } from "../nbformat/index.ts";
export type {
  Cell,
  CellMetadata,
  CodeCell,
  DisplayDataOutput,
  ErrorOutput,
  ExecuteResultOutput,
  MarkdownCell,
  MimeBundle,
  Notebook,
  NotebookMetadata,
  Output,
  RawCell,
  StreamOutput,
} from "../nbformat/index.ts";
export { NotebookRunError } from "./errors.ts";
export { exportNotebook, type ExportOptions } from "./export-notebook.ts";
export { CellRun, NotebookRun } from "./notebook-run.ts";
export { runCourse, type CourseOptions, type CourseRun } from "./run-course.ts";
export { runNotebook, runNotebooks, type RunManyOptions, type RunOptions } from "./run-notebooks.ts";
