/** Jupyter messages as ZeroMQ frames: [identities…, "<IDS|MSG>", signature, header, parent header, metadata, content, buffers…]. */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

export interface Header {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  date: string;
  version: string;
}

export interface Message {
  /** Who sent it, as a ROUTER socket names them; an answer goes back to the same. */
  identities: Uint8Array[];
  header: Header;
  parentHeader: Header | Record<string, never>;
  metadata: Record<string, unknown>;
  content: Record<string, unknown>;
}

/** A text of a message's content; empty where a client left it out. */
export function textOf(content: Record<string, unknown>, name: string): string {
  const value = content[name];
  return typeof value === "string" ? value : "";
}

const delimiter = "<IDS|MSG>";

/** Signs and builds frames of one session, and reads those of others. */
export class Wire {
  readonly #key: string;
  readonly #session: string = randomUUID();

  constructor(key: string) {
    this.#key = key;
  }

  #sign(frames: readonly (Uint8Array | string)[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac("sha256", this.#key);
    for (const frame of frames) hmac.update(frame);
    return hmac.digest("hex");
  }

  /** `content` comes as JSON, so that what is large is serialised once. */
  encode(type: string, content: string, parent: Header | undefined, identities: readonly (Uint8Array | string)[]): (Uint8Array | string)[] {
    const header: Header = {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.#session,
      username: "kernel",
      date: new Date().toISOString(),
      version: "5.3",
    };
    const frames = [JSON.stringify(header), JSON.stringify(parent ?? {}), "{}", content];
    return [...identities, delimiter, this.#sign(frames), ...frames];
  }

  /** Nothing for frames that are not a message signed with our key: the protocol says to drop them. */
  decode(frames: readonly Buffer[]): Message | undefined {
    const start = frames.findIndex((frame) => frame.equals(Buffer.from(delimiter)));
    const [signature, header, parent, metadata, content] = frames.slice(start + 1);
    if (start < 0 || !signature || !header || !parent || !metadata || !content) return undefined;
    const expected = Buffer.from(this.#sign([header, parent, metadata, content]));
    if (expected.length !== signature.length || !timingSafeEqual(expected, signature)) return undefined;
    return {
      identities: frames.slice(0, start),
      header: JSON.parse(header.toString()),
      parentHeader: JSON.parse(parent.toString()),
      metadata: JSON.parse(metadata.toString()),
      content: JSON.parse(content.toString()),
    };
  }
}
