/** Help as text, and as Markdown. */

interface Tag {
  name: string;
  text: string;
}

export interface Passage {
  /** A whole declaration, or what stands before a call's parameters. */
  before: string;
  parameters?: readonly string[];
  separator?: string;
  /** The parameter that is being written. */
  active?: string | undefined;
  after?: string;
  /** What stands above all else. */
  note?: string | undefined;
  about?: Tag | undefined;
  documentation: string;
  tags: readonly Tag[];
}

const declaration = ({ before, parameters = [], separator = "", after = "" }: Passage): string =>
  before + parameters.join(separator) + after;

/** The parameter marked by what stands beneath it; a signature of several lines cannot be marked so. */
function marked(passage: Passage): string {
  const { before, parameters = [], separator = "", active } = passage;
  const whole = declaration(passage);
  const index = active === undefined ? -1 : parameters.indexOf(active);
  if (active === undefined || index < 0 || whole.includes("\n")) return whole;
  const column = before.length + parameters.slice(0, index).reduce((length, parameter) => length + parameter.length + separator.length, 0);
  return `${whole}\n${" ".repeat(column)}${"^".repeat(active.length)}`;
}

export function plainOf(passages: readonly Passage[]): string {
  return passages
    .map((passage) => {
      const tags = passage.tags.map(({ name, text }) => `@${name} ${text}`.trimEnd());
      const about = passage.about ? `${passage.about.name}: ${passage.about.text}` : "";
      return [passage.note ?? "", marked(passage), about, passage.documentation, tags.join("\n")]
        .filter((part) => part !== "")
        .join("\n\n");
    })
    .join("\n\n");
}

const block = (code: string): string => `\`\`\`typescript\n${code}\n\`\`\``;

export function markdownOf(passages: readonly Passage[]): string {
  return passages
    .map((passage) => {
      const about = passage.about ? `**\`${passage.about.name}\`** ${passage.about.text}` : "";
      const code = [passage.note === undefined ? "" : passage.parameters ? `// ${passage.note}` : passage.note, marked(passage)]
        .filter((part) => part !== "")
        .join("\n");
      return [block(code), about, passage.documentation, ...passage.tags.map(tagOf)].filter((part) => part !== "").join("\n\n");
    })
    .join("\n\n---\n\n");
}

function tagOf({ name, text }: Tag): string {
  if (text === "") return `*@${name}*`;
  if (name === "example") return `*@example*\n\n${text.includes("```") ? text : block(text)}`;
  const [, subject, rest] = name === "param" ? (/^(\S+)\s*(?:[-—]\s*)?([\s\S]*)$/.exec(text) ?? []) : [];
  return subject === undefined ? `*@${name}* — ${text}` : `*@${name}* \`${subject}\` — ${rest}`;
}
