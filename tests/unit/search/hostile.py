"""Strings that break things, and a strategy that makes more of them."""

from hypothesis import strategies as st

NASTY = (
    "",
    " ",
    "\x00\x1b[31m\u2028",
    "\ud800\udc00 lone \udfff",
    "<script>alert('&amp;')</script><mark>",
    "&lt;b&gt; &amp;amp; &#x27;",
    '"' * 50,
    "\u201c\u201d\u201e\u00ab\u2033",
    '- -- --- -"" * ** a* *a : :: kind: kind:"" before: after:99999',
    "before:2023-02-30 after:20x6 -before:2020 BEFORE:2021-1",
    "a" * 3_000,
    "e\u0301" * 200,
    "\u0301" * 500,
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2066\ufeff\u00ad",
    "\u06be\u06be \u200c\u06be\u0654 \u0627\u0653 \u0627\u0610\u0653 \u064a\u0654",
    "\ufdfa\ufdfb \u00bd \u2122 \u3300 \u1e9e\u00df \u0130\u0131 \u03a3\u03c2",
    "\u1112\u1161\u11ab \u0915\u094d\u0937\u093f",
    "\U0001f469\u200d\U0001f692\ufe0f \U0001f1f5\U0001f1f0 \U000e0041",
    "'fraud' rock 'n' roll o'clock ('ok')",
    "https://example.org/a?b=c&d=%20#e kind:http://x",
    'org:"CBI "x" -by:"" lang:ur,en tag:\u201cred notice\u201d',
    '-"a b"* -a* -a -aa* aa*bb** \u2212minus \u2014dash',
)

ALPHABET = st.one_of(
    st.characters(),
    st.sampled_from("\"\u201c\u201d-*:'() \t\n\x00_\u2212,;+"),
    st.sampled_from("\u0627\u0653\u0654\u06be\u0647\u064a\u06cc\u0640\u064b\u200c\u200d\u0610\u0301"),
    st.sampled_from("aeiouxyzAEIOU0129\u0661\u06f1"),
)
ANY_TEXT = st.one_of(
    st.text(ALPHABET, max_size=60),
    st.text(st.characters(categories=["Lo", "Ll", "Mn", "Mc", "Cf", "Cs", "Sk", "No"]), max_size=20),
    st.sampled_from(NASTY),
    st.lists(st.sampled_from((*NASTY, "kind:", "-", '"', "before:", "fraud", "2023-05", "*")), max_size=6).map("".join),
)
