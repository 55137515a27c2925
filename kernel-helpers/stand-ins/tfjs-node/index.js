/**
 * Stands for @tensorflow/tfjs-node, on which danfojs-node depends: that package is a native library that its install script downloads, and the whole of
 * TensorFlow.js takes 220 MB more than this. Used are tensors, their methods, and tf.data, by which DataFrame.sample() shuffles.
 */
"use strict";
const core = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");

core.enableProdMode(); // else the first operation prints an advertisement of the native library

// tensor.sqrt() for sqrt(tensor) and so on, which the whole of TensorFlow.js adds as well.
const { prototype } = core.Tensor;
for (const [name, operation] of Object.entries(core)) {
  if (typeof operation !== "function" || !/^[a-z]/.test(name) || name in prototype) continue;
  prototype[name] = function (...rest) {
    return operation(this, ...rest);
  };
}

module.exports = { ...core, data: require("@tensorflow/tfjs-data") };
