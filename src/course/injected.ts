import type { Cell } from "../nbformat/index.ts";

/** Whether the runner has put the cell in, with the parameters of the command line; the tag is papermill's. */
export const isInjected = ({ metadata }: Cell): boolean => metadata.tags?.includes("injected-parameters") ?? false;
