/**
 * A hub over real HTTP: the API that lists, and `resolve` addresses that answer small files and send to another host for large ones, with the headers
 * that Hugging Face documents. What the real hub does beyond that is not seen here.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { FileServer, sha256 } from "./file-server.ts";

export interface Repository {
  sha: string;
  files: Record<string, Buffer>;
  cardData?: Record<string, string>;
  gated?: boolean;
}

const gitOid = (content: Buffer): string => createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
/** Git LFS has files that `.gitattributes` names; here, those of the weights. */
const isLarge = (path: string): boolean => /\.(safetensors|gguf)$/.test(path);

export class HubServer implements AsyncDisposable {
  readonly repositories: Record<string, Repository> = {};
  /** Where large files are, on another host. */
  readonly cdn: FileServer;
  readonly front: FileServer;
  validToken = "hf_valid";

  private constructor(front: FileServer, cdn: FileServer) {
    this.front = front;
    this.cdn = cdn;
    front.instead = (request, response) => this.#answer(request, response);
  }

  static async start(): Promise<HubServer> {
    return new HubServer(await FileServer.start(), await FileServer.start());
  }

  get address(): string {
    return this.front.origin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.front[Symbol.asyncDispose]();
    await this.cdn[Symbol.asyncDispose]();
  }

  #answer(request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url!, this.address);
    const refuse = (status: number, code: string | undefined, message: string): true => {
      response.writeHead(status, {
        ...(code === undefined ? {} : { "x-error-code": code }),
        "x-error-message": message,
        "content-type": "application/json",
      });
      response.end(JSON.stringify({ error: message }));
      return true;
    };
    const token = request.headers.authorization?.replace("Bearer ", "");
    if (token !== undefined && token !== this.validToken) return refuse(401, undefined, "Invalid credentials in Authorization header");
    const [, name, rest] = /^(?:\/api\/models)?\/([^/]+\/[^/]+)(\/.+)$/.exec(url.pathname) ?? [];
    const repository = this.repositories[name ?? ""];
    if (!repository)
      return token === undefined
        ? refuse(401, undefined, "Invalid username or password.")
        : refuse(404, "RepoNotFound", "Repository not found");
    const [, action, revision, path] = /^\/(revision|tree|resolve)\/([^/]+)(?:\/(.+))?$/.exec(rest!) ?? [];
    if (revision !== "main" && revision !== repository.sha) return refuse(404, "RevisionNotFound", `Invalid rev id: ${revision}`);
    if (action === "revision") return this.#send(response, this.#about(name!, repository));
    if (action === "tree") return this.#list(url, repository, response);
    if (repository.gated && token === undefined)
      return refuse(
        401,
        "GatedRepo",
        `Access to model ${name} is restricted. You must have access to it and be authenticated to access it. Please log in.`,
      );
    if (repository.gated && token !== undefined)
      return refuse(
        403,
        undefined,
        "Please enable access to public gated repositories in your fine-grained token settings to view this repository.",
      );
    const content = repository.files[decodeURIComponent(path!)];
    if (!content) return refuse(404, "EntryNotFound", "Entry not found");
    const about = { "x-repo-commit": repository.sha, "x-linked-etag": `"${sha256(content)}"`, "x-linked-size": content.length };
    if (isLarge(path!)) {
      const place = `/xet/${sha256(content).slice(0, 16)}`;
      this.cdn.files[place] = { body: content, etag: `"${sha256(content).slice(0, 32)}"` };
      response.writeHead(302, { ...about, location: `${this.cdn.origin.replace("127.0.0.1", "localhost")}${place}?Signature=abc` }).end();
    } else {
      response.writeHead(200, { ...about, etag: `"${gitOid(content)}"`, "content-length": content.length }).end(content);
    }
    return true;
  }

  #send(response: ServerResponse, json: unknown, headers: Record<string, string> = {}): true {
    response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(json));
    return true;
  }

  #about(id: string, { sha, cardData, gated = false }: Repository): unknown {
    const tags = cardData?.["license"] === undefined ? [] : [`license:${cardData["license"]}`];
    return {
      _id: "1",
      id,
      sha,
      private: false,
      gated: gated && "manual",
      downloads: 1,
      likes: 1,
      lastModified: "2026-01-01T00:00:00.000Z",
      tags,
      ...(cardData ? { cardData } : {}),
    };
  }

  /** Two entries a page, so that lists have more than one. */
  #list(url: URL, { files }: Repository, response: ServerResponse): true {
    const entries = Object.entries(files).map(([path, content]) => ({
      type: "file",
      path,
      size: content.length,
      oid: gitOid(isLarge(path) ? Buffer.from(`pointer to ${path}`) : content),
      ...(isLarge(path) ? { lfs: { oid: sha256(content), size: content.length, pointerSize: 134 } } : {}),
    }));
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const next = new URL(url);
    next.searchParams.set("cursor", String(from + 2));
    return this.#send(response, entries.slice(from, from + 2), from + 2 < entries.length ? { link: `<${next.href}>; rel="next"` } : {});
  }
}
