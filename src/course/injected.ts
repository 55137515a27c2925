import type { Cell } from "../nbformat/index.ts";

/** Put in by the runner, with the parameters of the command line; papermill's tag. */
export const isInjected = ({ metadata }: Cell): boolean => metadata.tags?.includes("injected-parameters") ?? false;
