/** How the hub is asked, and what its refusals mean. The codes are those that huggingface_hub's `hf_raise_for_status` knows. */
import { AccessError, ArgumentError, type HelperError, UnavailableError } from "../../errors.ts";
import type { Request } from "../answer.ts";
import { hubAddress } from "./address.ts";

const token = (): string | undefined => process.env["HF_TOKEN"]?.trim() || undefined;

/** With the reader's token (HF_TOKEN), which fetch does not hand on to the hosts that the hub sends it to. */
export function hubRequest(repository: string): Pick<Request, "headers" | "refusal"> {
  const authorization = token();
  return {
    headers: authorization === undefined ? {} : { authorization: `Bearer ${authorization}` },
    refusal: (response) => refusalOf(repository, response),
  };
}

function refusalOf(repository: string, response: Response): HelperError | undefined {
  const { status, headers } = response;
  if (new URL(response.url).origin !== new URL(hubAddress()).origin) return undefined; // of where it sent us
  const [code, said] = [headers.get("x-error-code"), headers.get("x-error-message")];
  const page = `${hubAddress()}/${repository}`;
  const facts = { repository, status, code };
  const isLockedOut = said?.startsWith("Invalid credentials") === true;
  if (status === 401 && isLockedOut) {
    return new AccessError("the hub does not accept the token in HF_TOKEN", {
      hint: `make a new one at ${hubAddress()}/settings/tokens, or unset HF_TOKEN: public models need none`,
      facts: { ...facts, reason: "token" },
    });
  }
  if (code === "GatedRepo" || status === 403) return gated(repository, page, said, facts);
  if (code === "RevisionNotFound") {
    return new ArgumentError(`${repository} has no such revision`, { hint: `its branches and tags are at ${page}/tree/main`, facts });
  }
  if (code === "EntryNotFound")
    return new UnavailableError(`${repository} has no such file`, { hint: `its files are at ${page}/tree/main`, facts });
  if (status === 401 || code === "RepoNotFound") {
    const orPrivate = token() === undefined ? ", or it is private" : ", or the account of HF_TOKEN may not see it";
    return new ArgumentError(`the hub has no model ${repository}${orPrivate}`, {
      hint: `check the spelling at ${page}${token() === undefined ? "; for a private one set HF_TOKEN to a token that may read it" : ""}`,
      facts: { ...facts, argument: "name", value: repository },
    });
  }
  return undefined;
}

/** Its authors want to know who uses it, or their licence accepted. */
function gated(repository: string, page: string, said: string | null, facts: Record<string, unknown>): AccessError {
  const [what, hint] =
    token() === undefined
      ? [
          "is gated: its licence has to be accepted first",
          `accept it at ${page}, make a token that may read at ${hubAddress()}/settings/tokens, and set HF_TOKEN to it`,
        ]
      : [
          `may not be read with the token in HF_TOKEN${said ? ` (${said.replace(/\.+$/, "")})` : ""}`,
          `accept its licence at ${page} with the same account; a fine-grained token also needs access to gated repositories`,
        ];
  return new AccessError(`${repository} ${what}`, { hint, facts: { ...facts, reason: "gated", page } });
}
