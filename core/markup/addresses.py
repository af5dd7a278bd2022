"""Where a link that somebody wrote may lead."""

import re
from html import unescape
from urllib.parse import unquote

SCHEMES = frozenset({"http", "https", "mailto"})
_SCHEME = re.compile(r"[^/?#]*:")
_PASSED_OVER = re.compile(r"[\x00-\x20\x7f-\xa0\xad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]+")
"""What a browser, or somebody who reads an address, may pass over in it."""


def is_address(text: str) -> bool:
    """True for http, https, mailto, and for a place on this site. Not for `//host`, which is another site.

    Anything else that has a colon before its first slash counts as a scheme, whatever stands between its letters and however
    they are written.
    """
    bare = _PASSED_OVER.sub("", unquote(unescape(text))).replace("\\", "/")
    if bare.startswith("//"):
        return False
    scheme = _SCHEME.match(bare)
    return scheme is None or scheme[0].partition(":")[0].lower() in SCHEMES
