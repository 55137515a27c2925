export { imagenet, normalizePixels, prepareImage, squareOf, type PrepareOptions } from "./images/prepare.ts";
export { readPdfPictures, type PdfPicture } from "./images/pdf-pictures.ts";
export { readImage, type ImageSource, type ReadImageOptions } from "./images/read.ts";
export type { ResizeFilter } from "./images/resize.ts";
export { RgbImage, type ImageRegion, type ImageSize, type ResizeOptions } from "./images/rgb-image.ts";
export { Ocr, type LoadOcrOptions, type OcrOptions } from "./ocr/ocr.ts";
export { OcrPage, type OcrBlock, type OcrLine } from "./ocr/page.ts";
export { decodeCtc, type RecognizedText } from "./ocr/recognize.ts";
export type { Point, Quad } from "./ocr/rectangle.ts";
export { characterErrorRate, wordErrorRate } from "./error-rate.ts";
export { degrade, type DegradeOptions } from "./images/degrade.ts";
export { renderPage, type PageText, type RenderPageOptions } from "./images/render-page.ts";
export { ImageClassifier, type ClassifyOptions, type ImageClass, type LoadClassifierOptions } from "./classify/image-classifier.ts";
export { Clip, ImageTower, TextTower, type ClipBatch, type ClipOptions } from "./clip/clip.ts";
export { loadClip, saveClip } from "./clip/clip-file.ts";
export { trainClip, type TrainClipOptions } from "./clip/train-clip.ts";
export { EncoderBlock } from "./clip/encoder-block.ts";
export { infoNceLoss } from "./clip/info-nce.ts";
export { recallAt } from "./clip/recall.ts";
export { WordVocabulary } from "./clip/words.ts";
export { worldBatches, type WorldBatchesOptions } from "./world/batches.ts";
export {
  captionOf,
  splitCombinations,
  worldCombinations,
  type Combination,
  type WorldColour,
  type WorldKind,
  type WorldLanguage,
  type WorldRelation,
  type WorldShape,
} from "./world/combinations.ts";
export { drawCombination } from "./world/draw.ts";
export { worldClip } from "./world/world-clip.ts";
export { worldLessons, type WorldLessonsOptions } from "./world/lessons.ts";
export { imagePart } from "./images/data-url.ts";
export type { Lesson } from "./vlm/lessons.ts";
export { HubSeeingModel, loadHubSeeingModel, type LoadHubSeeingModelOptions } from "./vlm/hub-seeing-model.ts";
export { isSeeingFolder, loadSeeingModel, seeingBase } from "./vlm/load-seeing-model.ts";
export { Projector } from "./vlm/projector.ts";
export { seeingBatch, type EncodedQuestion, type SeeingBatch, type SeeingRowSizes } from "./vlm/rows.ts";
export { SeeingModel } from "./vlm/seeing-model.ts";
export type { TaughtModel } from "./vlm/taught-model.ts";
export { teachToSee, type SeeingStage, type TeachToSeeOptions } from "./vlm/teach-to-see.ts";
export { questionsAbout, type WorldQuestion } from "./world/questions.ts";
export * from "./speech/index.ts";
export * from "./video/index.ts";
