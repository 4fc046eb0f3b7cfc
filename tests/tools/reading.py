"""Reading a list as a model does: page after page, each call some time after the one before."""

import re
from urllib.parse import parse_qs


async def all_pages(quo, tool, **asked):
    """The ids on all pages of a list, as they came, and how many pages there were."""
    ids, pages, token = [], 0, {}
    while True:
        text = await quo(tool, **asked, **token)
        ids += re.findall(r"\b(?:AC|CN)\w+$", text, re.MULTILINE)
        pages += 1
        if not (more := re.search(r'page_token="(\S+)"', text)):
            return ids, pages
        token = {"page_token": more[1]}
        quo.clock.wait(90)


def asked(box, path):
    """The query of the last request to a path."""
    return parse_qs([each for each in box.requests if each["path"] == path][-1]["query"])
