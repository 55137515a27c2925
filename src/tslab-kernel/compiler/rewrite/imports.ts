/** Imports of a cell, as calls that import and assignments of what they return. */
import { ts, type TypeScript } from "../typescript.ts";
import { StatementRewriter } from "./statement-rewriter.ts";

type Statements = TypeScript.Statement[];

export class ImportRewriter extends StatementRewriter {
  declaration(declaration: TypeScript.ImportDeclaration): Statements {
    const { importClause, moduleSpecifier } = declaration;
    if (!importClause) return this.nodes.evaluated(this.call(moduleSpecifier), declaration);
    if (importClause.isTypeOnly) return [];
    const { name, namedBindings } = importClause;
    const statements: Statements = [];
    const wanted: [exported: string, name: string][] = name && this.scope.isValue(name) ? [["default", name.text]] : [];
    if (namedBindings && ts.isNamedImports(namedBindings)) {
      for (const specifier of namedBindings.elements) {
        if (!specifier.isTypeOnly && this.scope.isValue(specifier.name))
          wanted.push([(specifier.propertyName ?? specifier.name).text, specifier.name.text]);
      }
    }
    if (namedBindings && ts.isNamespaceImport(namedBindings)) {
      statements.push(this.nodes.assign(namedBindings.name.text, this.call(moduleSpecifier), declaration));
    }
    if (wanted.length > 0) {
      const exports = this.nodes.factory.createArrayLiteralExpression(
        wanted.map(([exported]) => this.nodes.factory.createStringLiteral(exported)),
      );
      const target = this.nodes.factory.createArrayLiteralExpression(wanted.map(([, own]) => this.nodes.home(own)));
      statements.push(
        ...this.nodes.evaluated(this.nodes.factory.createAssignment(target, this.call(moduleSpecifier, exports)), declaration),
      );
    }
    return statements;
  }

  equals(declaration: TypeScript.ImportEqualsDeclaration): Statements {
    const { moduleReference, name } = declaration;
    if (declaration.isTypeOnly || !this.scope.isValue(name)) return [];
    if (ts.isExternalModuleReference(moduleReference)) this.#note(moduleReference.expression);
    const value = ts.isExternalModuleReference(moduleReference)
      ? this.nodes.call("require", moduleReference.expression)
      : this.#entity(moduleReference);
    return [this.nodes.assign(name.text, value, declaration)];
  }

  #note(specifier: TypeScript.Expression): void {
    if (ts.isStringLiteral(specifier)) this.nodes.noted.imports.push(specifier);
  }

  #entity(name: TypeScript.EntityName): TypeScript.Expression {
    return ts.isIdentifier(name)
      ? this.code.expression(name)
      : this.nodes.factory.createPropertyAccessExpression(this.#entity(name.left), name.right.text);
  }

  call(specifier: TypeScript.Expression, exports?: TypeScript.Expression): TypeScript.Expression {
    this.code.noteAwait();
    this.#note(specifier);
    const awaited = this.nodes.factory.createAwaitExpression(this.nodes.call("import", specifier, ...(exports ? [exports] : [])));
    return this.nodes.call("resume", awaited); // a cell that was stopped meanwhile does not begin
  }
}
