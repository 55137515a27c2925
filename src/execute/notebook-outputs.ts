/** Messages of the kernel → outputs of cells. A message belongs to the cell whose request it answers, however late it comes. */
import type { CellOutputs } from "./cell-outputs.ts";
import { errorOutput, validBundle, validCount, validMetadata, validText } from "./valid.ts";

/** As much of an iopub message as is looked at. */
export interface OutputMessage {
  header: { msg_type: string };
  /** Empty for what no request caused. */
  parent_header: { msg_id?: string };
  content: object;
}

/** The content of the messages handled here; a kernel may leave out what it likes, and send what it likes. */
type Content = Partial<
  Record<"name" | "text" | "data" | "metadata" | "execution_count" | "wait" | "ename" | "evalue" | "traceback", unknown>
> & { transient?: { display_id?: unknown } | null };

export class NotebookOutputs {
  readonly #owners = new Map<string, CellOutputs>();
  /** Display id → the cells that show it. */
  readonly #displays = new Map<string, Set<CellOutputs>>();
  #last: CellOutputs | undefined;

  /** What answers this request belongs to this cell from now on. A cell may have several. */
  assign(requestId: string, cell: CellOutputs): void {
    this.#owners.set(requestId, cell);
    this.#last = cell;
  }

  /** The cell that a message belongs to. What no request caused goes to the last cell; what another client's did, to none. */
  ownerOf({ parent_header: { msg_id: requestId } }: OutputMessage): CellOutputs | undefined {
    return requestId ? this.#owners.get(requestId) : this.#last;
  }

  handle(message: OutputMessage): void {
    const owner = this.ownerOf(message);
    const content = message.content as Content;
    const [data, metadata] = [validBundle(content.data), validMetadata(content.metadata)];
    const id = content.transient?.display_id;
    const displayId = typeof id === "string" ? id : undefined;
    switch (message.header.msg_type) {
      case "stream":
        owner?.stream(content.name === "stderr" ? "stderr" : "stdout", validText(content.text));
        break;
      case "display_data":
        this.#update(displayId, { data, metadata });
        owner?.add({ output_type: "display_data", data, metadata }, displayId);
        this.#remember(displayId, owner);
        break;
      case "execute_result":
        this.#update(displayId, { data, metadata });
        owner?.add({ output_type: "execute_result", execution_count: validCount(content.execution_count), data, metadata }, displayId);
        this.#remember(displayId, owner);
        break;
      case "update_display_data":
        this.#update(displayId, { data, metadata });
        break;
      case "clear_output":
        owner?.clear(content.wait === true);
        break;
      case "error":
        owner?.add(errorOutput(content));
        break;
    }
  }

  #update(displayId: string | undefined, content: { data: Record<string, unknown>; metadata: Record<string, unknown> }): void {
    if (displayId === undefined) return;
    for (const cell of this.#displays.get(displayId) ?? []) cell.update(displayId, content);
  }

  #remember(displayId: string | undefined, owner: CellOutputs | undefined): void {
    if (displayId === undefined || !owner) return;
    const cells = this.#displays.get(displayId) ?? new Set();
    this.#displays.set(displayId, cells.add(owner));
  }
}
