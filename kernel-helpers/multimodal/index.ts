export { imagenet, normalizePixels, prepareImage, squareOf, type PrepareOptions } from "./images/prepare.ts";
export { readImage, type ImageSource, type ReadImageOptions } from "./images/read.ts";
export type { ResizeFilter } from "./images/resize.ts";
export { RgbImage, type ImageRegion, type ImageSize, type ResizeOptions } from "./images/rgb-image.ts";
export * from "./speech/index.ts";
