/** Tasks in the shop, each with the calls that change what has to change and what the answer has to say; datasets/README.md says how they were made. */
import path from "node:path";
import { datasetPath, readJsonLines } from "../../data/index.ts";
import type { ToolCall } from "../../llm/index.ts";
import { checkText } from "../../runtime/check.ts";

/** `false-premise`: it asks about what does not exist; `irrelevant`: no tool helps; `refused`: the shop's rules forbid it. */
export type ShopTaskKind =
  | "price"
  | "total"
  | "status"
  | "cancel"
  | "address"
  | "return"
  | "order"
  | "two"
  | "refused"
  | "false-premise"
  | "irrelevant";

export interface ShopTask {
  id: string;
  split: "train" | "validation" | "test";
  language: "zh" | "en";
  kind: ShopTaskKind;
  /** Tasks of one family are said in one way; no family is in two splits. */
  family: string;
  /** For whom the agent acts. */
  customer: string;
  request: string;
  /** Calls that lead to the right end state, in their order; none where nothing may change. */
  actions: readonly ToolCall[];
  /** Of each list, the answer has to contain one. */
  outputs: readonly (readonly string[])[];
  /** Calls of which the first has to be one, as BFCL checks them; none where no call is right. */
  first: readonly ToolCall[];
}

export async function loadShopTasks(folder: string = datasetPath("shop")): Promise<ShopTask[]> {
  checkText("folder", folder);
  return readJsonLines<ShopTask>(path.join(folder, "tasks.jsonl"), {
    id: "string",
    split: "string",
    language: "string",
    kind: "string",
    family: "string",
    customer: "string",
    request: "string",
    actions: "array",
    outputs: "array",
    first: "array",
  });
}
