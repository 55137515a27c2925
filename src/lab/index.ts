export { openBrowser } from "./browser.ts";
export { updateCopy, type CourseCopy, type Newer } from "./course-copy.ts";
export { findEnvironment, labEnvironment, labPackages, type LabEnvironment, type LabEnvironmentOptions } from "./environment.ts";
export { installedKernels, type InstalledKernel, installKernel, kernelFolder, removeKernel } from "./installed-kernel.ts";
export { courseFolders, type CourseFolders, findPlace, type Place } from "./place.ts";
export { checkPort } from "./port.ts";
export { findPython, type Python } from "./python.ts";
export { type Lab, type LabOptions, startLab } from "./server.ts";
export { welcomeFile, writeWelcome, type WelcomeOptions } from "./welcome.ts";
