/** What language this is, as the kernel says when it is asked who it is. */
import { versionOf } from "./version-of.ts";

type Content = Record<string, unknown>;

/** Known without loading the compiler. */
export function kernelInfo(): Content {
  const version = versionOf("cell-typescript");
  return {
    status: "ok",
    protocol_version: "5.3",
    implementation: "cairn",
    implementation_version: versionOf("../.."),
    language_info: {
      name: "typescript",
      version,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
      nbconvert_exporter: "script",
    },
    banner: `TypeScript ${version} on Node ${process.versions.node}`,
    help_links: [{ text: "TypeScript", url: "https://www.typescriptlang.org/docs/" }],
    debugger: false,
  };
}
