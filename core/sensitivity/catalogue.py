"""The built-in patterns, in the order in which they win where two fit the same characters.

Written for the folded text. Every repeat is bounded (`repeats`), and most are possessive: what follows cannot begin
with what is repeated, so there is nothing to go back for.
"""

import re

from core.sensitivity import checks
from core.sensitivity.model import Kind, Pattern

A = re.ASCII
_START = r"(?<![\w.+/-])"
_END = r"(?![\w])(?!-\w)(?![./]\d)"
_NO = r"(?:[ \n]?(?i:nos|no|numbers|number|num|is|was|are|on|at|of|نمبری|نمبر|\.|:|\#|\()){0,3}+[ \n]{0,2}+"
"""What stands between the word for a number and the number: `No.`, `number is`, `:`, `#`, `نمبر`."""
_YEAR = r"(?:19|20)?\d\d(?!\d)"

_CARD_WORDS = re.compile(r"(?i:c?nic\b|nicop|identity|\bid\b|\bcards?\b|شناختی)")
_TRAVEL_WORDS = re.compile(r"(?i:passport|travel|booklet|visa|پاسپورٹ)")
_OTHER_NUMBERS = re.compile(
    r"(?i:exhibit|invoice|receipt|order|serial|part|model|item|flight|reference|ref|tracking|barcode|isbn|ean"
    r"|timestamp|epoch|build|challan|consignment|رسید)[a-z]{0,3}(?:[ ]?(?:no|number|code|نمبر))?[ .:#]{0,3}$"
)
_VEHICLE_WORDS = re.compile(
    r"(?i:vehicle|\bcars?\b|motor|bike|plate|registration|bearing|truck|lorry|\bvan\b|\bbus\b|rickshaw|jeep|driver"
    r"|\bdrove|\brode|corolla|civic|mehran|cultus|hilux|toyota|honda|suzuki|pickup|tractor|trailer|\btaxi\b"
    r"|گاڑی|موٹر|ٹرک|رکشہ|نمبر پلیٹ|کار نمبر|رجسٹریشن|ڈرائیور)"
)
_PLACE_WORDS = re.compile(
    r"(?i:locat|coordinat|\bpin\b|\blat|\blon|\bgps\b|position|\bmaps?\b|\bat\b|house|\bsite|\bplace|grid|[NSEW]\b|°"
    r"|مقام|عرض بلد|طول بلد|لوکیشن)"
)


def _shape(expression: str, flags: int = A) -> re.Pattern[str]:
    return re.compile(expression, flags)


_NUMBERS = (
    Pattern(Kind.ID_CARD, _shape(_START + r"[1-8]\d{4} ?- ?\d{7} ?- ?\d" + _END)),
    Pattern(Kind.ID_CARD, _shape(_START + r"[1-8]\d{4} \d{7} \d" + _END)),
    Pattern(
        Kind.ID_CARD,
        _shape(_START + r"[1-8]\d{12}" + _END),
        near=_CARD_WORDS,
        needs_near=False,
        unless=_OTHER_NUMBERS,
    ),
    Pattern(
        Kind.ID_CARD,
        _shape(
            r"(?i:\bnational id(?:entity)?(?: card)?|\bidentity card|\bid card|\bc?nic\b|\bnicop\b|شناختی کارڈ)"
            + _NO
            + r"(?P<it>\d(?:[ -]?+\d){7,17}+)"
            + _END
        ),
        holds=checks.is_card,
    ),
    Pattern(
        Kind.PASSPORT,
        _shape(r"(?i:\bpassports?|پاسپورٹ)" + _NO + r"(?P<it>(?:[A-Z]{1,3} ?)?\d{6,9})" + _END),
    ),
    Pattern(
        Kind.PASSPORT,
        _shape(_START + r"[A-Z]{2}\d{7}" + _END),
        near=_TRAVEL_WORDS,
        needs_near=False,
        unless=_OTHER_NUMBERS,
    ),
    Pattern(
        Kind.BANK_ACCOUNT,
        _shape(_START + r"[A-Z]{2}\d\d(?: ?+[A-Z0-9]){11,30}" + _END),
        holds=checks.iban,
    ),
    Pattern(Kind.BANK_ACCOUNT, _shape(_START + r"[A-Za-z]{2}\d\d[A-Za-z0-9]{11,30}+" + _END), holds=checks.iban),
    Pattern(
        Kind.BANK_ACCOUNT,
        _shape(r"(?i:\baccount|\ba/c|\biban|اکاؤنٹ|کھاتہ)" + _NO + r"(?P<it>\d(?:[ -]?+\d){7,19}+)" + _END),
        holds=checks.is_account,
    ),
    Pattern(Kind.BANK_ACCOUNT, _shape(_START + r"[2-6]\d{3}(?:([ -]?)\d{4})(?:\1\d{4}){2}" + _END), holds=checks.luhn),
    Pattern(Kind.WALLET, _shape(r"(?<!\w)[13LMDT][1-9A-HJ-NP-Za-km-z]{25,34}(?!\w)"), holds=checks.base58check),
    Pattern(Kind.WALLET, _shape(r"(?<!\w)(?i:bc|ltc)1[A-Za-z0-9]{11,71}+(?!\w)"), holds=checks.bech32),
    Pattern(Kind.WALLET, _shape(r"(?<!\w)0x[0-9A-Fa-f]{40}(?!\w)")),
    Pattern(Kind.WALLET, _shape(r"(?<!\w)[48][1-9A-HJ-NP-Za-km-z]{94}(?!\w)")),
    Pattern(Kind.IMSI, _shape(r"(?i:\bimsi)" + _NO + r"(?P<it>\d{14,15})" + _END)),
    Pattern(Kind.IMEI, _shape(r"(?i:\bimei)[12]?" + _NO + r"(?P<it>\d(?:[ -]?+\d){13,15}+)" + _END)),
    Pattern(
        Kind.IMEI,
        _shape(_START + r"\d\d-?\d{6}-?\d{6}-?\d" + _END),
        unless=_OTHER_NUMBERS,
        holds=checks.luhn,
    ),
    Pattern(Kind.IMSI, _shape(_START + r"410\d{12}" + _END), unless=_OTHER_NUMBERS),
)
_DEGREES = r"\d{1,3}+ ?+° ?+\d{1,2}+ ?+'(?: ?+\d{1,2}+(?:\.\d{1,6}+)?+ ?+(?:\"|''))?+ ?+[NSEWnsew]\b"
_DECIMAL = r"[+-]?+\d{1,3}+\.\d{4,12}+(?: ?°)?+(?: ?[NSEW]\b)?+"
_PLACES = (
    Pattern(
        Kind.COORDINATES,
        _shape(r"(?<![\w.])" + _DECIMAL + r"(?: ?[,;/] ?| )" + _DECIMAL + r"(?![\w%])(?! ?(?:%|per cent|percent))"),
        near=_PLACE_WORDS,
        needs_near=False,
        holds=checks.is_place,
    ),
    Pattern(
        Kind.COORDINATES,
        _shape(
            r"(?<!\w)[NS] ?\d{1,2}+[ °]{1,2}+\d{1,2}+\.\d{1,5}+'?+[ ,;]{1,3}+[EW] ?\d{1,3}+[ °]{1,2}+\d{1,2}+\.\d{1,5}+'?+"
        ),
    ),
    Pattern(Kind.COORDINATES, _shape(r"(?<![\w.])" + _DEGREES + r"(?:[ ,;/]{0,3}+" + _DEGREES + r")?")),
    Pattern(Kind.COORDINATES, _shape(r"(?<!\w)\d{1,2}[C-HJ-NP-X] ?\d{6}(?: ?m?E)? \d{7}(?: ?m?N)?(?!\w)")),
    Pattern(
        Kind.COORDINATES,
        _shape(r"(?<!\w)\d{1,2}[C-HJ-NP-X] ?[A-HJ-NP-Z][A-HJ-NP-V] ?(?:\d{5} ?\d{5}|\d{4} ?\d{4}|\d{3} \d{3})(?!\w)"),
    ),
    Pattern(
        Kind.COORDINATES,
        _shape(r"(?<![\w+])[2-9CFGHJMPQRVWX]{4}(?:[2-9CFGHJMPQRVWX]{2}){0,2}\+[2-9CFGHJMPQRVWX]{2,7}(?!\w)"),
        holds=checks.is_plus_code,
    ),
)
_PHONE_END = r"(?!\w)(?![.-]\d)"
_PHONES = (
    Pattern(Kind.PHONE, _shape(r"(?<![\w.+-])(?:03\d\d/\d{7}|92[ -]?3\d\d[ -]?\d{7})" + _PHONE_END)),
    Pattern(Kind.PHONE, _shape(r"(?<![\w.])(?:\+|00)92(?:[ ()-]{0,2}+\d){9,10}+(?!\w)")),
    Pattern(
        Kind.PHONE,
        _shape(r"(?<![\w.])(?:\+|00(?=[1-9]))\d(?:[ ().-]{0,2}+\d){7,14}+(?!\w)"),
        holds=checks.is_phone_abroad,
    ),
    Pattern(
        Kind.PHONE,
        _shape(r"(?<![\w.+-])(?:\(0\d{2,4}\)|0[1-9]\d{1,3})[ .-]?\d{3,4}[ .-]?\d{3,5}" + _PHONE_END),
        holds=checks.is_phone_at_home,
    ),
    Pattern(
        Kind.PHONE,
        _shape(
            r"(?i:\bphone|\bfone|\bph\b|\bmobile|\bcell|\btel|\btelephone|\bwhatsapp|\bcontact|\bring|\bcall(?:ed)?|\bsms"
            r"|فون|موبائل|رابطہ|واٹس ایپ)" + _NO + r"(?P<it>\d(?:[ -]?+\d){6,11}+)" + _END
        ),
        holds=checks.is_phone_by_name,
    ),
)
_PLATES = (
    Pattern(Kind.PLATE, _shape(_START + r"[A-Z]{2,3}-(?:20)?\d\d-\d{3,4}" + _END), holds=checks.is_plate),
    Pattern(
        Kind.PLATE,
        _shape(_START + r"(?:[A-Z]{2,4}[ -](?:\d\d[ -])?\d{3,4}|[A-Z]{3}\d{3,4}|[A-Z]{2}\d\d [A-Z]{3})" + _END),
        near=_VEHICLE_WORDS,
        holds=checks.is_plate,
    ),
)
_FIR = r"(?:(?i:case )?\bFIRs?\b|(?i:case )?\bF\.I\.R\.?)"
_CASE = r"(?i:\bcase|\bcrime|\bcr|\bcomplaint|\benquiry|\binquiry|\bchallan|\binvestigation|\breference)"
_CASES = (
    Pattern(Kind.CASE_NUMBER, _shape(_FIR + _NO + r"\d{1,5}+ ?+(?:[/-]|of|OF) ?+" + _YEAR)),
    Pattern(Kind.CASE_NUMBER, _shape(_FIR + r" ?+(?i:nos?\b\.?+|number|\#) ?+:?+ ?+\d{1,5}+\b")),
    Pattern(
        Kind.CASE_NUMBER,
        _shape(_CASE + r"\.?+[ \n](?i:nos?|number|\#)\.?+ ?+:?+ ?+\d{1,6}+ ?+(?:[/-]|of) ?+" + _YEAR),
    ),
    Pattern(
        Kind.CASE_NUMBER,
        _shape(
            r"(?i:\bDD|\bGD|\bdaily diary|\bgeneral diary|\broznamcha|\brapat)\.?+ (?i:entry )?+(?i:no|number|\#)\.?+ ?+"
            r"\d{1,4}+(?:[/-]" + _YEAR + r")?+"
        ),
    ),
    Pattern(
        Kind.CASE_NUMBER,
        _shape(r"(?:مقدمہ|ایف آئی آر|علت|رپٹ|انکوائری)(?: ?نمبری?+)?+ ?+:?+ ?+\d{1,5}+ ?+[/-] ?+" + _YEAR),
    ),
    Pattern(Kind.CASE_NUMBER, _shape(r"(?:مقدمہ|ایف آئی آر|علت|رپٹ|انکوائری) نمبری?+ ?+:?+ ?+\d{1,5}+\b")),
)
EMAIL = Pattern(Kind.EMAIL, _shape(r"(?<![\w.+-])[\w.+-]{1,64}+@[A-Za-z0-9-]{1,63}+(?:\.[A-Za-z0-9-]{1,63}+){1,5}+"))

# A marking stands by itself: on its line, in brackets, before a stroke. In a sentence it needs a word like `stamped`.
_MARK = r"(?:TOP SECRET|SECRET|CONFIDENTIAL|RESTRICTED)"
_OPEN = r"(?:(?<=\n)|\A)[ #>*_\[(-]{0,8}+"
_CLOSE = r"(?=[ *_\])]{0,6}(?:\n|\Z|//| - |[:;]))"
_GENERAL = re.compile(
    r"(?i:\bnever\b|\bnothing\b|\banything\b|\bnot\b|\bwhatever\b|\bno (?:document|paper|file)s?\b|\bdocuments\b"
    r"|\bpapers\b|\bfiles\b|\bmaterial\b|\bitems\b|\bif\b)[^.\n]{0,60}$"
)
_ORDINARY = (
    r"(?! (?i:ballot|informant|informer|shopper|handling|helpline|hotline|counsel|report|source|witness|support|service"
    r"|area|zone|access|dut|firearm|group|licen|categor|weapon|key|code|of |settlement|mailbox|space|room|free))"
)
_CLASSES = (
    Pattern(Kind.CLASSIFICATION, _shape(_OPEN + r"(?P<it>" + _MARK + r")\b" + _CLOSE)),
    Pattern(Kind.CLASSIFICATION, _shape(r"[(\[](?P<it>" + _MARK + r")[)\]]"), unless=_GENERAL),
    Pattern(
        Kind.CLASSIFICATION,
        _shape(
            r"(?i:\b(?:security )?classification|\bclassified|\bmarked|\bstamped|\bgraded)(?i: as)?+[ :]{1,3}+[\"'*(]{0,2}+"
            r"(?P<it>(?i:top secret|secret|confidential|restricted))\b" + _ORDINARY
        ),
        unless=_GENERAL,
    ),
    Pattern(
        Kind.CLASSIFICATION,
        _shape(r"(?<!\w)(?P<it>TOP SECRET|SECRET|CONFIDENTIAL)\b" + _ORDINARY + r"(?! ?[A-Z]{2})"),
        unless=_GENERAL,
    ),
    Pattern(Kind.CLASSIFICATION, _shape(_OPEN + r"(?P<it>(?:(?:نہایت|انتہائی) )?+(?:خفیہ|رازدارانہ))" + _CLOSE)),
    Pattern(
        Kind.CLASSIFICATION,
        _shape(r"(?:دستاویز|مراسلہ|خط|فائل|رپورٹ|چٹھی|حکم)[^\n۔]{0,20}(?P<it>(?:نہایت|انتہائی) خفیہ)(?= ہے| ہیں)"),
    ),
    Pattern(Kind.CLASSIFICATION, _shape(r"درجہ بندی[ :]{1,3}(?P<it>(?:(?:نہایت|انتہائی) )?+(?:خفیہ|رازدارانہ))")),
    Pattern(Kind.CLASSIFICATION, _shape(r"(?P<it>صیغہ راز)(?! میں رکھ)")),
    Pattern(
        Kind.CLASSIFICATION,
        _shape(r"(?:دستاویز|مراسلہ|خط|فائل|رپورٹ|چٹھی|حکم)[^\n۔]{0,20}(?P<it>صیغہ راز)(?= میں رکھ)"),
    ),
)

PRIVATE_DOMAINS = checks.words(
    "gmail.com googlemail.com yahoo.com ymail.com rocketmail.com hotmail.com outlook.com live.com msn.com icloud.com "
    "me.com aol.com gmx.com gmx.de gmx.net web.de mail.com mail.ru yandex.ru yandex.com proton.me protonmail.com "
    "tutanota.com tuta.io zoho.com fastmail.com hushmail.com rediffmail.com qq.com 163.com"
)
BUILT_IN: tuple[Pattern, ...] = (*_CLASSES, *_NUMBERS, *_PLACES, *_PHONES, *_PLATES, *_CASES, EMAIL)
