/** transformers.js in a cell, on the files that fetchModel has: nothing is asked of the network. */
import { expect, test } from "vitest";
import { useCells } from "./cells.ts";

const cells = useCells();

test("AutoTokenizer, AutoModel and pipeline read a model's folder offline, and agree with our encoder", async () => {
  await cells.pass(`
    import path from 'path'
    import { AutoModel, AutoTokenizer, env, pipeline } from '@huggingface/transformers'
    import { fetchModel } from 'kernel-helpers/models'
    import { SentenceEncoder } from 'kernel-helpers/embeddings'`);
  await cells.pass(`
    await fetchModel('all-MiniLM-L6-v2')
    const { folder } = await fetchModel('all-MiniLM-L6-v2-int8') // the weights as transformers.js wants them, in the same folder
    env.localModelPath = path.dirname(folder)
    env.allowRemoteModels = false
    const name = path.basename(folder)`);
  // The ids of BERT's uncased vocabulary: [CLS] hello world [SEP].
  expect(await cells.value("const tokenizer = await AutoTokenizer.from_pretrained(name)", "tokenizer.encode('Hello world').join()")).toBe(
    "'101,7592,2088,102'",
  );
  const ofTheirs = `
    const extract = await pipeline('feature-extraction', name, { dtype: 'q8' })
    const texts = ['AI engineer', 'machine learning expert', 'front-end developer']
    const theirs = await extract(texts, { pooling: 'mean', normalize: true })
    theirs.dims.join()`;
  expect(await cells.value(ofTheirs)).toBe("'3,384'");
  const agreement = `
    const encoder = await SentenceEncoder.load('all-MiniLM-L6-v2', { device: 'cpu' })
    const ours = await encoder.encode(texts)
    await encoder.close()
    const cosines = texts.map((_, row) => {
      let sum = 0
      for (let column = 0; column < 384; column++) sum += ours.data[row * 384 + column] * Number(theirs.data[row * 384 + column])
      return sum
    })
    Math.min(...cosines) > 0.97`; // int8 weights against float32
  expect(await cells.value(agreement)).toBe("true");
  const model = "(await AutoModel.from_pretrained(name, { dtype: 'q8' })).config.model_type";
  expect(await cells.value(model)).toBe("'bert'");
}, 300_000); // the models may have to be fetched

test("@huggingface/hub can be imported in a cell", async () => {
  expect(await cells.value("import { HUB_URL } from '@huggingface/hub'", "HUB_URL")).toBe("'https://huggingface.co'");
});
