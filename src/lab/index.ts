export { openBrowser } from "./browser.ts";
export { findEnvironment, labEnvironment, labPackages, type LabEnvironment, type LabEnvironmentOptions } from "./environment.ts";
export { installedKernels, type InstalledKernel, installKernel, kernelFolder, removeKernel } from "./installed-kernel.ts";
export { checkPort } from "./port.ts";
export { findPython, type Python } from "./python.ts";
export { type Lab, type LabOptions, startLab } from "./server.ts";
