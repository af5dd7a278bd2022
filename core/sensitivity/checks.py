"""Check digits, ranges and counts: what tells a number of one kind from any other digits."""

import hashlib
import re


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as one text, as so many lines of single words would hide the rest."""
    return frozenset(text.split())


_NOT_DIGIT = re.compile(r"[^0-9]")
_IBAN_LENGTHS = {
    "AE": 23,
    "AL": 28,
    "AT": 20,
    "AZ": 28,
    "BA": 20,
    "BE": 16,
    "BG": 22,
    "BH": 22,
    "BR": 29,
    "BY": 28,
    "CH": 21,
    "CY": 28,
    "CZ": 24,
    "DE": 22,
    "DK": 18,
    "EE": 20,
    "EG": 29,
    "ES": 24,
    "FI": 18,
    "FR": 27,
    "GB": 22,
    "GE": 22,
    "GR": 27,
    "HR": 21,
    "HU": 28,
    "IE": 22,
    "IL": 23,
    "IQ": 23,
    "IS": 26,
    "IT": 27,
    "JO": 30,
    "KW": 30,
    "KZ": 20,
    "LB": 28,
    "LT": 20,
    "LU": 20,
    "LV": 21,
    "MD": 24,
    "ME": 22,
    "MK": 19,
    "MT": 31,
    "NL": 18,
    "NO": 15,
    "OM": 23,
    "PK": 24,
    "PL": 28,
    "PS": 29,
    "PT": 25,
    "QA": 29,
    "RO": 24,
    "RS": 22,
    "SA": 24,
    "SE": 24,
    "SI": 19,
    "SK": 24,
    "SM": 27,
    "TN": 24,
    "TR": 26,
    "UA": 29,
    "XK": 20,
}
_BASE58 = {char: value for value, char in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
_BECH32 = {char: value for value, char in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_NO_PLATE = words(
    "ACT AIG AK AKM APR ARTICLE ASI ATA AUG CASE CD CH CNIC COVID CPC CRPC DEC DIG DOC DSP DVD EUR FEB FIR FORM GB "
    "GBP GHZ HTTP IGP IMEI IPC IPV ISBN ISO JAN JUL JUN KG KHZ KM KX MAR MAY MB MHZ MTR NIC NO NOS NOV OCT PAGE PCR "
    "PKR PLD PPC PPO PS RFC RPG RS RULE SCMR SEC SEP SHO SI SKU SOP SP SSP TB TEL TLP UAN UN UNSCR USA USB USD UTC "
    "VHF"
)
_DATE = re.compile(r"(?:19|20)[0-9]{2}[ -]?[01][0-9][ -]?[0-3][0-9]|[0-3][0-9][ -][01][0-9][ -](?:19|20)[0-9]{2}")


def digits(text: str) -> str:
    """The digits alone."""
    return _NOT_DIGIT.sub("", text)


def luhn(text: str) -> bool:
    """True when the last digit is the check digit of ISO/IEC 7812."""
    total = 0
    for place, char in enumerate(reversed(digits(text))):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban(text: str) -> bool:
    """True for the length of its country and the right check digits (ISO 13616, modulo 97)."""
    plain = text.replace(" ", "").upper()
    if len(plain) != _IBAN_LENGTHS.get(plain[:2], len(plain)):
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def base58check(text: str) -> bool:
    """True when the last four bytes are the double SHA-256 of the rest: Bitcoin, Litecoin, Dogecoin, Tron."""
    number = 0
    for char in text:
        number = number * 58 + _BASE58[char]
    data = number.to_bytes(25, "big") if number.bit_length() <= 200 else b""
    return hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:] if data else False


def bech32(text: str) -> bool:
    """True for the checksum of BIP 173 or BIP 350: newer Bitcoin and Litecoin addresses."""
    lowered = text.lower()
    prefix, _, rest = lowered.rpartition("1")
    if text not in (lowered, text.upper()) or any(char not in _BECH32 for char in rest):
        return False
    check = 1
    values = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]
    for value in values + [_BECH32[char] for char in rest]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit in range(5):
            check ^= _BECH32_GENERATOR[bit] if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)


def is_phone_abroad(text: str) -> bool:
    """Eight to fifteen digits (E.164), and no decimal number with a sign."""
    return 8 <= len(digits(text).removeprefix("00")) <= 15 and not re.fullmatch(r"\+[0-9]{1,3}\.[0-9]{1,15}", text)


def is_phone_at_home(text: str) -> bool:
    """Ten or eleven digits; neither free of charge nor of a public service."""
    plain = digits(text)
    return len(plain) in (10, 11) and not plain.startswith(("0800", "0900"))


def is_phone_by_name(text: str) -> bool:
    """Seven to twelve digits after a word like phone: no date, and no number of a public service (UAN 111)."""
    plain = digits(text)
    return 7 <= len(plain) <= 12 and not plain.startswith(("111", "0800", "0900")) and not _DATE.fullmatch(text)


def is_plate(text: str) -> bool:
    """Begins with none of the abbreviations that numbers follow in police writing."""
    letters = re.match(r"[A-Z]{0,8}", text)
    return letters is not None and letters[0] not in _NO_PLATE


def is_card(text: str) -> bool:
    """Eight to eighteen digits that are no date."""
    return 8 <= len(digits(text)) <= 18 and not _DATE.fullmatch(text)


def is_account(text: str) -> bool:
    """Eight to twenty digits."""
    return 8 <= len(digits(text)) <= 20


def is_place(text: str) -> bool:
    """A latitude and a longitude; two fractions, as of statistics, are none without a direction."""
    latitude, longitude = (abs(float(one)) for one in re.findall(r"[0-9]{1,3}\.[0-9]{1,12}", text)[:2])
    has_direction = re.search(r"[NSEW°]", text) is not None
    return latitude <= 90 and longitude <= 180 and (has_direction or latitude >= 2 or longitude >= 2)


def is_plus_code(text: str) -> bool:
    """A plus code has letters and digits before its plus."""
    before = text.partition("+")[0]
    return any(char.isalpha() for char in before) and any(char.isdigit() for char in before)
