"""Bytes of many origins as text: encodings without a mark, damaged bytes, headers of Markdown files."""

import pytest

from indexer.extraction import decode_text, split_front_matter

TEXTS = {
    "fr": "La brigade fluviale contrôle les bateaux à l'écluse. Le procès-verbal est signé, puis la clé est remise.",
    "de": "Die Übergabe der Schlüssel erfolgt täglich um sechs. Der Wachführer prüft das Gebäude und schließt die Tür.",
    "pl": "Dyżurny sprawdza łódź przed świtem. Protokół podpisuje świadek, a następnie właściciel łodzi.",
    "tr": "Nöbetçi memur gemiyi şafaktan önce arar. Tutanağı imzalar ve anahtarı bir sonraki görevliye verir.",
    "el": "Ο αξιωματικός υπηρεσίας ελέγχει το πλοίο πριν από την αυγή και υπογράφει την έκθεση.",
    "ru": "Дежурный офицер осматривает судно перед рассветом. Он подписывает протокол и передаёт ключ.",
    "ar": "يقوم الضابط المناوب بتفتيش السفينة قبل الفجر، ثم يوقع المحضر ويسلم المفتاح إلى زميله.",
    "he": "הקצין התורן בודק את הספינה לפני עלות השחר. הוא חותם על הדוח ומוסר את המפתח למחליפו.",
    "zh": "值班民警在黎明前检查船只，签署记录，然后把钥匙交给下一班。证物存放在仓库里，由专人看守。",
    "ja": "当直の警察官は夜明け前に船を調べ、調書に署名し、鍵を次の担当者に渡します。",
    "ko": "당직 경찰관은 새벽 전에 배를 수색하고 조서에 서명한 뒤 열쇠를 다음 근무자에게 넘긴다.",
}
WRITTEN = [
    *[("fr", one) for one in ("cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig")],
    *[("de", one) for one in ("cp1252", "iso8859-1", "utf-16-le")],
    *[("pl", one) for one in ("cp1250", "iso8859-2")],
    ("tr", "cp1254"),
    ("el", "cp1253"),
    *[("ru", one) for one in ("cp1251", "koi8-r", "cp866", "utf-16-le")],
    *[("ar", one) for one in ("cp1256", "utf-16-le")],
    ("he", "cp1255"),
    *[("zh", one) for one in ("gbk", "gb18030", "utf-16-le", "utf-16-be")],
    *[("ja", one) for one in ("shift_jis", "euc-jp", "iso2022-jp", "utf-16-le")],
    ("ko", "euc-kr"),
]


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
def test_text_is_read_in_the_encoding_it_was_written_in(language, encoding):
    decoded = decode_text(TEXTS[language].encode(encoding))
    assert decoded.text == TEXTS[language]
    assert decoded.is_guessed == (encoding not in {"utf-8-sig", "utf-16", "utf-32"})
    assert not decoded.is_damaged


@pytest.mark.parametrize("language", TEXTS)
def test_utf_8_is_never_doubted(language):
    decoded = decode_text(TEXTS[language].encode())
    assert (decoded.text, decoded.encoding, decoded.is_guessed) == (TEXTS[language], "utf-8", False)


@pytest.mark.parametrize(("label", "encoding"), [("Shift_JIS", "cp932"), ("x-sjis", "cp932"), ("ISO-8859-1", "cp1252")])
def test_a_declared_label_means_what_browsers_take_it_for(label, encoding):
    text = "①" if encoding == "cp932" else "“"
    decoded = decode_text(f"kept {text}".encode(encoding), label)
    assert (decoded.text, decoded.is_guessed) == (f"kept {text}", False)


@pytest.mark.parametrize("label", ["", "hex", "nobody-knows", "\0"])
def test_a_senseless_label_is_passed_over(label):
    assert decode_text("Grüße".encode("cp1252"), label).text == "Grüße"


@pytest.mark.parametrize("language", ["fr", "ru", "zh"])
def test_one_bad_byte_garbles_itself_only(language):
    text = TEXTS[language]
    half = len(text) // 2
    decoded = decode_text(text[:half].encode() + b"\x92" + text[half:].encode())
    assert decoded.text == f"{text[:half]}’{text[half:]}"
    assert decoded.is_damaged


def test_one_bad_byte_in_a_declared_encoding_leaves_the_rest():
    text = TEXTS["ru"]
    decoded = decode_text(b"\x98" + text.encode("cp1251"), "windows-1251")
    assert decoded.text == f"\ufffd{text}"
    assert decoded.is_damaged


@pytest.mark.parametrize(
    ("source", "values", "body"),
    [
        ("---\ntitle: A\ntags: [x, y]\n---\n# B\n", {"title": "A", "tags": ["x", "y"]}, "# B\n"),
        ("---\r\nTitle: A\r\n...\r\nB", {"title": "A"}, "B"),
        ('\n+++\ntitle = "A"\n[extra]\nb = 1\n+++\nB', {"title": "A", "extra": {"b": 1}}, "B"),
        ("---\ntitle: A: B\nby: 'C\n---\nD", {}, "D"),
        ("---\n---\nB", {}, "B"),
        ("---\nA rule, then words.\n---\nB", {}, None),
        ("# A\n---\nb: c\n---\n", {}, None),
        ("---\nb: c", {}, None),
        ("---\na: &a [x, x]\nb: [*a, *a]\n---\nB", {}, "B"),
    ],
)
def test_the_header_for_tools_is_parted_from_the_text(source, values, body):
    front = split_front_matter(source)
    assert front.values == values
    assert front.body == (source if body is None else body)
