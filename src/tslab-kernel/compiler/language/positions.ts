/** The protocol counts characters, JavaScript counts UTF-16 units. */
export function toUnits(code: string, characters: number): number {
  let units = 0;
  for (let left = characters; left > 0 && units < code.length; left--) units += code.codePointAt(units)! > 0xffff ? 2 : 1;
  return units;
}

export function toCharacters(code: string, units: number): number {
  let characters = 0;
  for (let at = 0; at < units; at += code.codePointAt(at)! > 0xffff ? 2 : 1) characters++;
  return characters;
}
