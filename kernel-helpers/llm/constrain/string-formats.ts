/** The formats of JSON Schema that are kept to, as patterns; each is a part of what the format allows. */
const [hours, minutes, dayTo28] = ["([01][0-9]|2[0-3])", "[0-5][0-9]", "(0[1-9]|1[0-9]|2[0-8])"];
const date = `[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-${dayTo28})`;
const time = `${hours}:${minutes}:${minutes}([.][0-9]{1,6})?(Z|[+-]${hours}:${minutes})`;
const octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const label = "[a-z0-9]+(-[a-z0-9]+)*";

export const formats: Readonly<Record<string, string>> = {
  date: `^${date}$`,
  time: `^${time}$`,
  "date-time": `^${date}T${time}$`,
  uuid: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
  email: `^[a-z0-9]+([._-][a-z0-9]+)*@(${label}[.])+[a-z]{2,10}$`,
  ipv4: `^${octet}([.]${octet}){3}$`,
};
