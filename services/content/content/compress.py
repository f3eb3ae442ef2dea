"""Compressed twins of a release's files, which the edge sends as they are."""

import gzip
from functools import lru_cache

import zstandard

PRIVATE_FOLDERS = ("_forms/", "_errors/")
FROM_BYTES = 512
COMPRESSED = (".avif", ".jpg", ".png", ".webp", ".woff2")  # as small as they get
GZIP_LEVEL = 6  # 9 takes twice as long and saves less than 1 % of a page
ZSTD_LEVEL = 9


def twins(path: str, content: bytes) -> dict[str, bytes]:
    """The twins of one file by their paths; the same for the same content."""
    if len(content) < FROM_BYTES or path.startswith(PRIVATE_FOLDERS) or path.endswith(COMPRESSED):
        return {}
    small, smaller = _compressed(content)
    return {f"{path}.gz": small, f"{path}.zst": smaller}


@lru_cache(maxsize=256)  # hosts of a clinic share most of their pages
def _compressed(content: bytes) -> tuple[bytes, bytes]:
    return (
        gzip.compress(content, GZIP_LEVEL, mtime=0),
        zstandard.compress(content, ZSTD_LEVEL),
    )
