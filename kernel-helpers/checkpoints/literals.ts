/**
 * What JSON.parse no longer tells and the reference implementation refuses: numbers that are written otherwise than as digits (2.0, 2e0, -0),
 * a field that is there twice, and halves of surrogate pairs, which UTF-8 cannot write.
 */
import { visit, type JSONPath } from "jsonc-parser";
import type { FormatError } from "../errors.ts";
import { isWellFormed } from "../runtime/check.ts";

const once: ReadonlySet<string> = new Set(["dtype", "shape", "data_offsets"]);

/** @param json Valid JSON: an object. */
export function checkLiterals(json: string, wrong: (what: string, facts: Record<string, unknown>) => FormatError): void {
  const seen = new Set<string>(); // of the current tensor
  let hasMetadata = false;
  const checkString = (text: string, path: JSONPath): void => {
    if (!isWellFormed(text)) throw wrong("a string in its header has half of a surrogate pair", { path: path.join(".") });
  };
  visit(json, {
    onObjectProperty(property, _offset, _length, _line, _character, pathSupplier) {
      const path = pathSupplier();
      checkString(property, path);
      if (path.length === 0) {
        seen.clear();
        if (property === "__metadata__" && hasMetadata) throw wrong("it has __metadata__ twice", { path: property });
        hasMetadata ||= property === "__metadata__";
      } else if (path.length === 1 && path[0] !== "__metadata__" && once.has(property)) {
        if (seen.has(property)) throw wrong(`tensor ${JSON.stringify(path[0])} has "${property}" twice`, { tensor: path[0] });
        seen.add(property);
      }
    },
    onLiteralValue(value: unknown, offset, length, _line, _character, pathSupplier) {
      if (typeof value === "string") checkString(value, pathSupplier());
      if (typeof value !== "number") return;
      const literal = json.slice(offset, offset + length);
      if (/^\d+$/.test(literal)) return;
      const [tensor, field] = pathSupplier();
      if (field !== "shape" && field !== "data_offsets") return;
      throw wrong(`tensor ${JSON.stringify(tensor)} has ${literal} in "${field}", where only digits are allowed`, { tensor });
    },
  });
}
