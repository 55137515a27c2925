import type { CodeRewriter } from "./code.ts";
import type { Nodes } from "./nodes.ts";
import type { Scope } from "./scope.ts";

/** What both rewriters of top-level statements work with. */
export class StatementRewriter {
  protected readonly nodes: Nodes;
  protected readonly scope: Scope;
  protected readonly code: CodeRewriter;

  constructor(nodes: Nodes, scope: Scope, code: CodeRewriter) {
    this.nodes = nodes;
    this.scope = scope;
    this.code = code;
  }
}
