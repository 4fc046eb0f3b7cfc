"""smolagents shows the model only the properties of a schema, each as required."""

from judge import CALL, URL, arguments, check_result, check_schemas
from smolagents import MCPClient

with MCPClient({"url": URL, "transport": "streamable-http"}, structured_output=False) as listed:
    tools = {tool.name: tool for tool in listed}
    check_result(tools[CALL](**arguments("smolagents")))
    schemas = {name: {"type": "object", "properties": tool.inputs} for name, tool in tools.items()}
    check_schemas("smolagents", schemas)
