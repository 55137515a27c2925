"""OpenAI's client in Python against a server: {"url": …, "model": …, "encoder": …} in, what it was answered out."""

import json
import sys

from openai import BadRequestError, NotFoundError, OpenAI

command = json.load(sys.stdin)
client = OpenAI(base_url=command["url"] + "/v1", api_key="none", max_retries=0)
asked = dict(model=command["model"], messages=[{"role": "user", "content": "Hello"}], temperature=0, max_tokens=12)

answer = client.chat.completions.create(**asked)
pieces = [chunk.choices[0].delta.content or "" for chunk in client.chat.completions.create(**asked, stream=True) if chunk.choices]
schema = {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}}, "required": ["city"], "additionalProperties": False}
formatted = client.chat.completions.create(
    **{**asked, "max_tokens": 60},
    response_format={"type": "json_schema", "json_schema": {"name": "city", "schema": schema, "strict": True}},
)
tools = [{"type": "function", "function": {"name": "weather", "parameters": schema}}]
called = client.chat.completions.create(**{**asked, "max_tokens": 100}, tools=tools, tool_choice="required")
response = client.responses.create(model=command["model"], input="Hello", temperature=0, max_output_tokens=12)
with client.responses.stream(model=command["model"], input="Hello", temperature=0, max_output_tokens=12) as stream:
    events = [event.type for event in stream]
vector = client.embeddings.create(model=command["encoder"], input=["a"]).data[0].embedding

errors = {}
for name, kind, change in (("model", NotFoundError, {"model": "none"}), ("temperature", BadRequestError, {"temperature": 9})):
    try:
        client.chat.completions.create(**{**asked, **change})
    except kind as error:
        errors[name] = error.body["param"]

json.dump(
    {
        "text": answer.choices[0].message.content,
        "tokens": answer.usage.completion_tokens,
        "streamed": "".join(pieces),
        "formatted": json.loads(formatted.choices[0].message.content),
        "call": [called.choices[0].finish_reason, json.loads(called.choices[0].message.tool_calls[0].function.arguments)],
        "response": response.output_text,
        "events": [events[0], events[-1]],
        "dimensions": len(vector),
        "errors": errors,
        "models": [model.id for model in client.models.list()],
    },
    sys.stdout,
)
