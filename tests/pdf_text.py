"""Reads the words of a PDF of ours, for tests that look for them."""

from __future__ import annotations

import re
import zlib


def text_of_pdf(data: bytes) -> str:
    """The words that its pages draw, line by line. Where the last byte of a stream is a CR, it is taken for the end of a line: no word is lost."""
    pages = [zlib.decompressobj().decompress(each) for each in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL) if each[:1] == b"x"]
    drawn = b"\n".join(re.sub(rb"\\([()\\])", rb"\1", each) for page in pages for each in re.findall(rb"\((.*?)(?<!\\)\) Tj", page, re.DOTALL))
    return " ".join(drawn.decode("latin-1").split())
