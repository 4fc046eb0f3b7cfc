"""CrewAI makes a Python model of each schema, and sends null for every argument that is left out."""

from crewai_tools import MCPServerAdapter
from judge import CALL, URL, arguments, check_result, check_schemas

with MCPServerAdapter({"url": URL, "transport": "streamable-http"}) as listed:
    tools = {tool.name: tool for tool in listed}
    check_result(tools[CALL].run(**arguments("crewai")))
    schemas = {name: tool.args_schema.model_json_schema() for name, tool in tools.items()}
    check_schemas("crewai-tools", schemas)
