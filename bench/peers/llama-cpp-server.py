"""`python llama-cpp-server.py FILE THREADS SLOTS`: llama.cpp's own server, as xllamacpp packs it, for bench/serve.ts.

It says its address in a line of JSON, answers each line with the processor time of the process in seconds, and ends with its input.
"""
import json
import sys
import time

import xllamacpp

file, threads, slots = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
params = xllamacpp.CommonParams()
params.model.path = file
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
params.n_threads_http = 20  # a connection keeps one of them while it is answered
params.n_parallel = slots
params.n_ctx = 1024 * slots  # divided among the slots
params.n_gpu_layers = 0
params.port = 0
params.verbosity = 0
server = xllamacpp.Server(params)
print(json.dumps({"url": server.listening_address}), flush=True)
for _line in sys.stdin:
    print(json.dumps({"processorSeconds": time.process_time()}), flush=True)
