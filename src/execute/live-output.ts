/** A message of the kernel as something that a cell shows. */
import type { OutputMessage } from "./notebook-outputs.ts";
import type { LiveOutput } from "./result.ts";
import { errorOutput, validBundle, validText } from "./valid.ts";

interface Content {
  name?: unknown;
  text?: unknown;
  data?: unknown;
}

/** Nothing for a message that shows nothing. */
export function liveOutput({ header, content }: OutputMessage): LiveOutput | undefined {
  const { name, text, data } = content as Content;
  switch (header.msg_type) {
    case "stream":
      return { kind: "stream", name: name === "stderr" ? "stderr" : "stdout", text: validText(text) };
    case "display_data":
    case "execute_result":
    case "update_display_data":
      return { kind: "data", data: validBundle(data), isUpdate: header.msg_type === "update_display_data" };
    case "error": {
      const { ename, evalue, traceback } = errorOutput(content);
      return { kind: "error", ename, evalue, traceback };
    }
    default:
      return undefined;
  }
}
