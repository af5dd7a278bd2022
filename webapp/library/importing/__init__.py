"""Bringing a folder of real documents into the library: what `ipcu library import` does."""

from webapp.library.importing.files import Found, find_files
from webapp.library.importing.folder import FolderImport, ImportReport
from webapp.library.importing.metadata import ImportOptions, Metadata, read_metadata

__all__ = ["FolderImport", "Found", "ImportOptions", "ImportReport", "Metadata", "find_files", "read_metadata"]
