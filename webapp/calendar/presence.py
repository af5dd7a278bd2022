"""The code in the room: a signed address, drawn as a QR code."""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

QUIET = 4
"""Modules of empty space that a scanner needs around the code (ISO/IEC 18004)."""


def present_token(event_id: int) -> str:
    """Proves that who opens the address has seen the code of this event."""
    return str(_serializer().dumps(event_id))


def read_present(event_id: int, token: str) -> bool:
    """True for the token of this event."""
    try:
        return bool(_serializer().loads(token) == event_id)
    except BadSignature:
        return False


def present_code(address: str) -> list[list[bool]]:
    """The modules of the QR code of an address."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(address)
    code.make()
    count = code.getModuleCount()
    return [[bool(code.isDark(row, column)) for column in range(count)] for row in range(count)]


def qr_svg(modules: list[list[bool]]) -> str:
    """The code as a picture of any size, dark on white whatever the colours of the page."""
    size = len(modules) + 2 * QUIET
    dark = "".join(
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row, line in enumerate(modules)
        for column, is_dark in enumerate(line)
        if is_dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{dark}"/></svg>'
    )


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="calendar-present")
