/** JupyterLab's settings in the environment of its own. What a reader sets in JupyterLab itself counts before them. */
import { join } from "node:path";
import { replaceFile } from "../runtime/files.ts";

/** No question about news at the first start, and no look at the network for news or newer versions. */
const page = { disabledExtensions: { "@jupyterlab/apputils-extension:announcements": true } };

const overrides = {
  // As the course's cells are written.
  "@jupyterlab/codemirror-extension:plugin": { defaultConfig: { indentUnit: "2" } },
  // The welcome page is to be read, with links that open notebooks.
  "@jupyterlab/docmanager-extension:plugin": { defaultViewers: { markdown: "Markdown Preview" } },
};

export async function configure(folder: string): Promise<void> {
  await writeJson(join(folder, "etc", "jupyter", "labconfig", "page_config.json"), page);
  await writeJson(join(folder, "share", "jupyter", "lab", "settings", "overrides.json"), overrides);
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await replaceFile(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
