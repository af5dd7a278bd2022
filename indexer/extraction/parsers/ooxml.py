"""Office Open XML packages (DOCX, PPTX), opened with the bombs taken out first.

The standard library reads them: the formats are ZIP and XML, and reading the XML directly also
finds the text that object models hide (tracked insertions, content controls, text boxes).
"""

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from indexer.extraction.model import ExtractionStatus, UnreadableError

_MAX_UNPACKED = 300 * 1024 * 1024
_MAX_ENTRIES = 20_000
# Deflate reaches 1032:1 at best and office XML some 50:1; the sizes below are never innocent.
_SUSPICIOUS_SIZE = 20 * 1024 * 1024
_ABSURD_RATIO = 250
_DAMAGE = "The file is damaged and cannot be read."


class _NoDoctype(ElementTree.TreeBuilder):
    """Refuses document type declarations: office files have none, entity bombs need one."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Stop before any entity is declared."""
        reason = "The file contains XML declarations that office files never have."
        raise UnreadableError(ExtractionStatus.BROKEN, reason)


class Package:
    """A package whose declared sizes are sane. Missing parts read as None."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise UnreadableError(ExtractionStatus.BROKEN, _DAMAGE) from error
        _refuse_bombs(self._zip.infolist())
        self._names = {info.filename.lower(): info for info in self._zip.infolist()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def xml(self, part: str) -> Element | None:
        """Return the root of an XML part, None if there is no such part."""
        info = self._names.get(part.lower().lstrip("/"))
        if info is None:
            return None
        parser = ElementTree.XMLParser(target=_NoDoctype())
        # The declared size was checked and zipfile never reads beyond it.
        with self._zip.open(info) as file:
            return ElementTree.parse(file, parser).getroot()

    def related(self, part: str, kind: str) -> list[str]:
        """Return the parts that ``part`` refers to by relationships of this kind, in order."""
        return [target for _, kind_, target in self._relations(part) if kind_ == kind]

    def related_by_id(self, part: str, kind: str) -> dict[str, str]:
        """Like :meth:`related`, by relationship id."""
        return {key: target for key, kind_, target in self._relations(part) if kind_ == kind}

    def main_part(self) -> tuple[str, Element]:
        """Return name and root of the document itself; raises when there is none."""
        for name in self.related("", "officeDocument"):
            root = self.xml(name)
            if root is not None:
                return name, root
        raise UnreadableError(ExtractionStatus.BROKEN, _DAMAGE)

    def _relations(self, part: str) -> Iterator[tuple[str, str, str]]:
        folder, name = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        for relation in children(root):
            if relation.get("TargetMode") != "External":
                kind = relation.get("Type", "").rpartition("/")[2]
                target = posixpath.join("/", folder, relation.get("Target", ""))
                yield relation.get("Id", ""), kind, posixpath.normpath(target).lstrip("/")


def _refuse_bombs(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    absurd = unpacked > _SUSPICIOUS_SIZE and unpacked > _ABSURD_RATIO * max(packed, 1)
    if unpacked > _MAX_UNPACKED or absurd or len(entries) > _MAX_ENTRIES:
        reason = "The file unpacks to far more data than an office document may hold."
        raise UnreadableError(ExtractionStatus.TOO_LARGE, reason)
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableError(ExtractionStatus.ENCRYPTED, "The file is protected by a password.")


def local(element: Element) -> str:
    """Return the tag without namespace: transitional and strict files differ only there."""
    return element.tag.rpartition("}")[2]


def attribute(element: Element, name: str) -> str:
    """Return an attribute whatever its namespace, "" if absent."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return value
    return ""


def find(element: Element, *names: str) -> Element | None:
    """Return the first descendant along a path of child names, None if any is missing."""
    found: Element | None = element
    for name in names:
        if found is None:
            return None
        found = next((child for child in found if local(child) == name), None)
    return found


def children(element: Element | None) -> list[Element]:
    """Return the children of an element, none of a missing one."""
    return [] if element is None else list(element)


def walk(element: Element, skip: frozenset[str]) -> Iterator[tuple[str, Element]]:
    """Yield ("start" or "end", descendant) in document order, without the skipped subtrees.

    Iterative, so that absurd nesting cannot exhaust the stack.
    """
    stack = [iter(element)]
    open_elements: list[Element] = []
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            if open_elements:
                yield "end", open_elements.pop()
        elif local(child) not in skip:
            yield "start", child
            open_elements.append(child)
            stack.append(iter(child))
