export { readFrames, type FrameOptions, type VideoFrame } from "./frames.ts";
export { probeVideo, type VideoFacts } from "./probe.ts";
export { VideoIndex, type IndexedFrame, type Moment, type VideoIndexOptions } from "./video-index.ts";
