"""The peers of search: reads vectors and queries, then answers one JSON command a line with one JSON line."""

import json
import sys
import time

import faiss
import hnswlib
import numpy

folder, dimension = sys.argv[1], int(sys.argv[2])
vectors = numpy.fromfile(f"{folder}/vectors.f32", dtype=numpy.float32).reshape(-1, dimension)
queries = numpy.fromfile(f"{folder}/queries.f32", dtype=numpy.float32).reshape(-1, dimension)

flat = faiss.IndexFlatIP(dimension)
flat.add(vectors)
graph = hnswlib.Index(space="ip", dim=dimension)


def search(one_query):
    started = time.perf_counter()
    found = [one_query(queries[i : i + 1]) for i in range(len(queries))]
    return {"perSecond": len(queries) / (time.perf_counter() - started), "found": found}


for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "flat":
        answer = search(lambda query: flat.search(query, 10)[1][0].tolist())
    elif command["do"] == "build":
        started = time.perf_counter()
        graph.init_index(max_elements=len(vectors), M=16, ef_construction=100, random_seed=1)
        graph.set_num_threads(1)
        graph.add_items(vectors)
        answer = {"seconds": time.perf_counter() - started}
    else:
        graph.set_ef(command["ef"])
        answer = search(lambda query: graph.knn_query(query, 10)[0][0].tolist())
    print(json.dumps(answer), flush=True)
