export { toLangChainModel, toLangChainTools, type LangChainModelOptions } from "./chat-model.ts";
export { fromLangChainDocument, toLangChainDocument } from "./documents.ts";
export { fromLangChainEmbeddings, toLangChainEmbeddings } from "./embeddings.ts";
export { fromLangChainRetriever, fromLangChainStore, toLangChainRetriever } from "./retriever.ts";
export { toLangChainStore, type LangChainVectorStore } from "./store.ts";
