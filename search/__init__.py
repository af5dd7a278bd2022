"""Read side of the index: query language, engines, fusion, facets, highlights, suggestions. May import core."""
