"""Jupyter's own kernel tests, on Cairn's TypeScript kernel. kernel-protocol.test.ts runs this with JUPYTER_PATH pointing at its kernelspec."""

from jupyter_kernel_test import KernelTests


class TypeScript(KernelTests):
    kernel_name = "cairn"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('warning')"
    code_generate_error = "throw new Error('on purpose')"
    code_clear_output = "(globalThis as any).__cairn__.clear()"
    code_inspect_sample = "parseInt"

    completion_samples = [
        {"text": "JSON.par", "matches": {"parse"}},
        {"text": "const list = [1]; list.findLa", "matches": {"findLast", "findLastIndex"}},
        {"text": "setImm", "matches": {"setImmediate"}},
        {"text": 'import { x } from "kernel-helpers/token', "matches": {"kernel-helpers/tokenizer"}},
    ]
    complete_code_samples = ["1 + 1", "const a: number = 1", "await fetch('https://example.org')", "function f() {\n  return 1\n}"]
    incomplete_code_samples = ["function f() {", "const text = `a", "[1, 2", "/* a comment", "if (true) {\n  1", "a +", "JSON."]
    invalid_code_samples = ["const = 1", "1 +* 2", "let a b", "'never closed", "%timeit f()"]

    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "[1, 2].map((x) => x * 2)", "result": "[ 2, 4 ]"},
        {"code": "await Promise.resolve('text')", "result": "'text'"},
        {"code": "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>x</b>' }) })", "mime": "text/html", "result": "<b>x</b>"},
    ]
    code_display_data = [
        {"code": "import { display } from 'tslab'; display.html('<p>x</p>')", "mime": "text/html"},
        {"code": "display.png(Buffer.from('iVBORw0KGgo=', 'base64'))", "mime": "image/png"},
        {"code": "(globalThis as any).__cairn__.display({ 'image/svg+xml': '<svg/>' })", "mime": "image/svg+xml"},
    ]
    code_history_pattern = "6 ? 7*"
    supported_history_operations = ("tail", "range", "search")
