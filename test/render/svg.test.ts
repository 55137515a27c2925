/** SVG as it is written for HTML becomes a picture, which is XML. Well-formedness by saxes, an XML parser. */
import { array, assert, constantFrom, property } from "fast-check";
import { SaxesParser } from "saxes";
import { expect, test } from "vitest";
import { dataAddress } from "../../src/render/images.ts";
import { standaloneSvg } from "../../src/render/svg.ts";

/** Names and namespaces of the elements of an XML text. @throws it is not well-formed. */
function elementsOf(xml: string): string[] {
  const parser = new SaxesParser({ xmlns: true });
  const names: string[] = [];
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ local, uri }) => names.push(`${local} ${uri.split("/").at(-1)}`));
  parser.write(xml).close();
  return names;
}

test.each([
  ["<svg width='9'><circle r=2 /></svg>", ["svg svg", "circle svg"]],
  ["<svg width=9 hidden><rect><use xlink:href=#a /></svg>", ["svg svg", "rect svg", "use svg"]],
  ["<svg><title>a&nbsp;&lt; b & c</title><lineargradient id=a></svg>", ["svg svg", "title svg", "linearGradient svg"]],
  ["<svg><foreignObject><p>one<br>two</foreignObject></svg>", ["svg svg", "foreignObject svg", "p xhtml", "br xhtml"]],
  ["\n<!-- drawn by hand -->\n<SVG viewBox='0 0 1 1'><style>a > b { fill: red }</style></SVG>", ["svg svg", "style svg"]],
  ["<svg xmlns='http://www.w3.org/2000/svg'><a xlink:href='x'/></svg>", ["svg svg", "a svg"]],
  ["<svg><g inkscape:label=x onclick='a<b'><g></svg>", ["svg svg", "g svg", "g svg"]],
])("%s is a drawing of its own", (text, elements) => expect(elementsOf(standaloneSvg(text))).toEqual(elements));

test("an SVG that is XML stays as it is, byte for byte", () => {
  const xml =
    '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="urn:x"><x:y/><![CDATA[a < b]]></svg>\n';
  expect(standaloneSvg(xml)).toBe(xml);
  expect(dataAddress("image/svg+xml", xml)).toBe(`data:image/svg+xml;base64,${Buffer.from(xml).toString("base64")}`);
});

test("whatever is within an svg, its picture is well-formed", () => {
  const pieces = constantFrom("<g>", "</g>", "<a b>", "<x:y z:w=1 ", "'", '"', ">", "<p>", "<br>", "&", "&amp;", "\0", "\ufffe", "<!--", "-->", "<![CDATA[", "]]>", "é", "<path d=M0", "/>", "<style>", "</style>", "<?a?>", " 1=2 ", "<math>"); // prettier-ignore
  assert(
    property(array(pieces, { maxLength: 12 }), (parts) => {
      expect(elementsOf(standaloneSvg(`<svg>${parts.join("")}`))[0]).toBe("svg svg");
    }),
    { numRuns: 500 },
  );
});
