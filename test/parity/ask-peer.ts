import path from "node:path";
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from "node:worker_threads";

const folder = import.meta.dirname;

interface Peer {
  port: MessagePort;
  /** Counts the answers. */
  turn: Int32Array;
}

let peer: Peer | undefined;

/** A Python that lives as long as the test file, so that what the scripts import is imported once; a thread talks to it, since the caller waits. */
function start(): Peer {
  const { port1: port, port2 } = new MessageChannel();
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const python = path.join(folder, "../../.venv/bin/python");
  const worker = new Worker(path.join(folder, "peer-thread.mjs"), {
    workerData: { python, script: path.join(folder, "peer.py"), port: port2, turn },
    transferList: [port2],
    execArgv: [],
  });
  worker.unref();
  port.unref();
  return { port, turn };
}

/** Asks a live peer in Python: one JSON command to one of the scripts here, which say what they take. */
export function askPeer(script: `${string}.py`, command: object): unknown {
  const { port, turn } = (peer ??= start());
  const before = Atomics.load(turn, 0);
  port.postMessage(JSON.stringify({ script: path.join(folder, script), command }));
  Atomics.wait(turn, 0, before);
  const { answer, failure } = receiveMessageOnPort(port)!.message as { answer?: string; failure?: string };
  if (failure === undefined) return JSON.parse(answer!);
  peer = undefined;
  throw new Error(`the Python peer failed; is it set up? npm run bench:setup\n${failure}`);
}
