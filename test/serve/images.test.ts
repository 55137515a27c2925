/** Images in requests: OpenAI's own client shows them to a model that sees, and is told of a model that does not. */
import { rmSync } from "node:fs";
import path from "node:path";
import OpenAI, { BadRequestError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAiCompatible } from "../../kernel-helpers/llm/index.ts";
import { imagePart, type RgbImage } from "../../kernel-helpers/multimodal/index.ts";
import { serve, type ModelServer } from "../../kernel-helpers/serve/index.ts";
import { pictures, teachTiny } from "../multimodal/vlm/tiny-seeing.ts";
import { makeFolder, post, writeTinyChat } from "./tiny-chat.ts";

const folder = makeFolder();
let server: ModelServer;
let client: OpenAI;
beforeAll(async () => {
  (await teachTiny(folder)).model.close();
  server = await serve({
    models: [
      { id: "eyes", model: path.join(folder, "eyes"), slots: 2, slotTokens: 256, threads: 1, dtype: "fp32" },
      { id: "blind", model: await writeTinyChat(folder), slots: 1, threads: 1 },
    ],
    port: 0,
    bodyLimit: 100_000,
  });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
}, 60_000);
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const content = (...images: RgbImage[]): OpenAI.ChatCompletionContentPart[] => [{ type: "text", text: "Which?" }, ...images.map(imagePart)];
const ask = (model: string, given: OpenAI.ChatCompletionContentPart[]): Promise<OpenAI.ChatCompletion> =>
  client.chat.completions.create({ model, messages: [{ role: "user", content: given }], temperature: 0, max_tokens: 8 });

describe("a model that sees", () => {
  test("answers about the image of each of several requests at once", async () => {
    const both = await Promise.all([pictures.red, pictures.blue].map((image) => ask("eyes", content(image))));
    expect(both.map(({ choices }) => choices[0]!.message.content)).toEqual(["red", "blue"]);
    expect(both[0]!.usage!.prompt_tokens).toBe(6 + 9 + 6 + 2 + 11);
  });

  test("answers in a stream, as a response, and to our own client", async () => {
    const messages = [{ role: "user" as const, content: content(pictures.blue) }];
    let text = "";
    for await (const { choices } of await client.chat.completions.create({ model: "eyes", messages, temperature: 0, stream: true }))
      text += choices[0]?.delta.content ?? "";
    expect(text).toBe("blue");

    const { url } = imagePart(pictures.red).image_url;
    const response = await client.responses.create({
      model: "eyes",
      temperature: 0,
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "Which?" },
            { type: "input_image", image_url: url, detail: "auto" },
          ],
        },
      ],
    });
    expect(response.output_text).toBe("red");

    const ours = openAiCompatible({ baseUrl: `${server.url}/v1`, model: "eyes" });
    let said = "";
    for await (const part of ours.chat([{ role: "user", content: [imagePart(pictures.red), { type: "text", text: "Which?" }] }], {
      temperature: 0,
    }))
      if (part.type === "text") said += part.text;
    expect(said).toBe("red");
  });
});

describe("400, with a reason, is what is said", () => {
  const refused = async (model: string, given: OpenAI.ChatCompletionContentPart[]): Promise<string> => {
    const error = await ask(model, given).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BadRequestError);
    return (error as BadRequestError).message;
  };
  const image = (url: string): OpenAI.ChatCompletionContentPart[] => [{ type: "image_url", image_url: { url } }];

  test("where the model sees no images", async () => {
    expect(await refused("blind", content(pictures.red))).toContain("sees no images");
  });

  test("of an address, for a request must not make the server fetch anything", async () => {
    for (const url of [`${server.url}/metrics`, "file:///etc/passwd", "/etc/passwd"])
      expect(await refused("eyes", image(url))).toContain("An image is given as a data: URL; this server fetches no addresses");
  });

  test("of what is not an image, of one that claims too many pixels, and of too many images", async () => {
    expect(await refused("eyes", image("data:image/png;base64,AAAA"))).toContain("the image of a message cannot be read");
    const bomb = Buffer.from(imagePart(pictures.red).image_url.url.split(",")[1]!, "base64");
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    expect(await refused("eyes", image(`data:image/png;base64,${bomb.toString("base64")}`))).toContain("pixel limit");
    expect(await refused("eyes", content(...Array<RgbImage>(17).fill(pictures.red)))).toContain("may show 16 images, and this one has 17");
  });

  test("of an image in a message that is not the user's", async () => {
    const body = { model: "eyes", messages: [{ role: "system", content: image("data:image/png;base64,AAAA") }] };
    const { status, json } = await post(`${server.url}/v1/chat/completions`, body);
    expect([status, json.error.message, json.error.param]).toEqual([400, "Only a user's message shows images", "messages.0.content"]);
  });

  test("except that a body beyond the limit is 413", async () => {
    const { status } = await post(`${server.url}/v1/chat/completions`, { model: "eyes", messages: [{ role: "user", content: image("data:image/png;base64," + "A".repeat(100_000)) }] }); // prettier-ignore
    expect(status).toBe(413);
  });
});
