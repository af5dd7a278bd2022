"""Bringing a folder of real documents into the library: what `ipcu library import` does."""

from webapp.importing.files import Found, find_files
from webapp.importing.folder import FolderImport, ImportReport
from webapp.importing.metadata import ImportOptions, Metadata, read_metadata

__all__ = ["FolderImport", "Found", "ImportOptions", "ImportReport", "Metadata", "find_files", "read_metadata"]
