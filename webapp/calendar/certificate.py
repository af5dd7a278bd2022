"""A certificate of attendance as PDF."""

from io import BytesIO

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from events_calendar.kinds import KIND_LABELS
from events_calendar.models import Event, EventKind

_FONT, _BOLD = "Times-Roman", "Times-Bold"


def make_certificate(*, name: str, organisation: str, event: Event, when: str, code: str, address: str) -> bytes:
    """One page with its marking on top and bottom and the code by which anybody can check it."""
    buffer = BytesIO()
    width, height = landscape(A4)
    canvas = Canvas(buffer, pagesize=(width, height), invariant=1)
    canvas.setTitle("Certificate of attendance")
    canvas.setAuthor("International Police Cooperation Unit")
    middle = width / 2
    canvas.setLineWidth(1.5)
    canvas.rect(12 * mm, 12 * mm, width - 24 * mm, height - 24 * mm)
    for y in (height - 20 * mm, 16 * mm):
        canvas.setFont(_BOLD, 10)
        canvas.drawCentredString(middle, y, event.tlp.label)
    lines = (
        (_FONT, 13, "International Police Cooperation Unit", 14),
        (_BOLD, 30, "Certificate of attendance", 18),
        (_BOLD, 22, name, 10),
        (_FONT, 13, organisation, 16),
        (_FONT, 13, f"attended the {KIND_LABELS[EventKind(event.kind)].lower()}", 12),
    )
    y = height - 42 * mm
    for font, size, text, after in lines:
        _fit(canvas, font, size, text, width - 50 * mm)
        canvas.drawCentredString(middle, y, _latin(text))
        y -= after * mm
    for line in _wrapped(canvas, event.title, width - 60 * mm):
        canvas.setFont(_BOLD, 17)
        canvas.drawCentredString(middle, y, line)
        y -= 8 * mm
    canvas.setFont(_FONT, 12)
    canvas.drawCentredString(middle, y - 4 * mm, _latin(f"{when} · {event.place}" if event.place else when))
    canvas.setFont(_FONT, 10)
    canvas.drawCentredString(middle, 32 * mm, f"Verification code {code}")
    canvas.drawCentredString(middle, 26 * mm, address)
    canvas.save()
    return buffer.getvalue()


def _fit(canvas: Canvas, font: str, size: int, text: str, room: float) -> None:
    """The largest size up to `size` in which the text fits."""
    while size > 8 and canvas.stringWidth(_latin(text), font, size) > room:
        size -= 1
    canvas.setFont(font, size)


def _wrapped(canvas: Canvas, text: str, room: float) -> list[str]:
    lines = [""]
    for word in _latin(text).split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and canvas.stringWidth(longer, _BOLD, 17) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines[:3]


def _latin(text: str) -> str:
    """What the fonts of every PDF reader have; other letters would be boxes."""
    return text.replace("–", "-").encode("cp1252", "replace").decode("cp1252")
