/** What GitHub's own parser says of each workflow of a JSON list on the standard input; a program, since the parser imports JSON as only tsx allows. */
import { readFileSync } from "node:fs";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";

async function problemsOf(content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: "workflow.yml", content }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

const workflows = JSON.parse(readFileSync(0, "utf8")) as string[];
console.log(JSON.stringify(await Promise.all(workflows.map(problemsOf))));
