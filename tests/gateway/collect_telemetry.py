"""Run calls on the sandbox while a provider collects, and print as JSON what it got: `python tests/gateway/collect_telemetry.py`.

It is a process of its own, because a provider can be set only once in a process.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio
from mcp_types import ElicitResult
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from conftest import open_server
from quo_mcp.sandbox import Fault
from sandbox.play import DESK, JANE

TEXT = {"to": JANE, "inbox": DESK}
SCOPE = "quo-mcp"


async def call_tools():
    answers = iter(["accept", "decline"])

    async def answer(_context, _params):
        return ElicitResult(action=next(answers), content={})

    with TemporaryDirectory() as state:
        async with open_server(
            config={"state_dir": state}, elicitation_callback=answer, mode="legacy"
        ) as quo:
            await quo("quo_send_message", **TEXT, text="The gate code is 4711.")
            await quo("quo_send_message", **TEXT, text="The gate code is 4711.")
            await quo.refused("quo_send_message", **TEXT, text="Whitaker, never mind.")
            await quo.refused("quo_get_call", call_id="ACjane")
        config = {"state_dir": state, "approval": "never"}
        async with open_server(config=config) as quo:
            quo.box.inject(Fault("error_before", "GET", ".*/calls.*", status=503, times=1))
            await quo("quo_list_calls", person=JANE)
            quo.box.inject(Fault("late_commit", "POST", None, None, status=504, seconds=60))
            await quo("quo_send_message", **TEXT, text="Lost on the way.")


def main():
    reader, exporter = InMemoryMetricReader(), InMemorySpanExporter()
    metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
    tracer_provider = TracerProvider()
    tracer_provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(tracer_provider)
    anyio.run(call_tools)
    counted = [
        {"name": metric.name, "value": getattr(point, "value", None) or point.count}
        | {"attributes": dict(point.attributes)}
        for resource in reader.get_metrics_data().resource_metrics
        for scope in resource.scope_metrics
        if scope.scope.name == SCOPE
        for metric in scope.metrics
        for point in metric.data.data_points
    ]
    spans = [
        {"name": span.name, "attributes": dict(span.attributes), "events": len(span.events)}
        for span in exporter.get_finished_spans()
        if span.instrumentation_scope.name == SCOPE
    ]
    sys.stdout.write(json.dumps({"counted": counted, "spans": spans}))


if __name__ == "__main__":
    main()
