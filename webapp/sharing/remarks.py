"""What is told of a file that was read, in the reader's language. Stored are only the names of `indexer.extraction.Remark`."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _

from indexer.extraction import Remark

SENTENCES = {
    Remark.ENCODING_GUESSED: _("The file does not say in which encoding it is written; it was read as %(detail)s."),
    Remark.BYTES_REPLACED: _("Some characters of the file could not be read in its encoding."),
    Remark.HIDDEN_TEXT: _(
        "The file hides text that readers do not see. It is not searchable here, but whoever downloads the file can find it."
    ),
}


def sentences_on(remarks: Iterable[str]) -> list[str]:
    """The remarks on a file as sentences; a name this version does not know is left out."""
    said = []
    for remark in remarks:
        name, _separator, detail = remark.partition(":")
        if name in set(Remark):
            said.append(str(SENTENCES[Remark(name)]) % {"detail": _encoding_label(detail)})
    return said


def _encoding_label(codec: str) -> str:
    """The name of an encoding as editors call it: `cp1256` is Windows-1256."""
    return f"Windows-{codec[2:]}" if codec.startswith("cp125") else codec.upper().replace("_", "-")
