"""What a CDN's publish and prefetch hooks tell: a list of URLs."""

import json
from collections.abc import Mapping

from scanner.errors import HookError

MOST_URL = 8_192  # characters; longer ones no edge takes


def published_urls(body: bytes, most: int) -> list[str]:
    """The URLs of `{"urls": [...]}`, at most `most`; HookError says what is wrong, where and the mend."""
    mend = 'send {"urls": ["https://host/path"]}'
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HookError(422, f"the body is not JSON: {error}"[:300], where="body", mend=mend) from error
    urls = document.get("urls") if isinstance(document, Mapping) else None
    if not isinstance(urls, list) or not urls:
        raise HookError(422, "no list of URLs", where="urls", mend=mend)
    if len(urls) > most:
        raise HookError(413, f"{len(urls)} URLs, at most {most}", where="urls", mend="send smaller batches")
    for number, url in enumerate(urls):
        if not isinstance(url, str) or len(url) > MOST_URL:
            raise HookError(422, f"no text of up to {MOST_URL} characters", where=f"urls[{number}]", mend=mend)
    return urls
