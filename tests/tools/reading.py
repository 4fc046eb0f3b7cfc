"""Reading lists over several pages, with some time between the calls."""

import re
from urllib.parse import parse_qs


async def all_pages(quo, tool, **arguments):
    """Return the ids on all pages of a list, in order, and the number of pages."""
    ids, pages, token = [], 0, {}
    while True:
        text = await quo(tool, **arguments, **token)
        ids += re.findall(r" · ((?:AC|CN)\w+)$", text, re.MULTILINE)
        pages += 1
        if not (more := re.search(r'page_token="(\S+)"', text)):
            return ids, pages
        token = {"page_token": more[1]}
        quo.clock.wait(90)


def last_query(box, path):
    """Return the parsed query of the last request to a path."""
    return parse_qs([request for request in box.requests if request["path"] == path][-1]["query"])
