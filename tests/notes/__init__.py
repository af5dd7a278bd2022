"""A domain that only tests have: notes. Registered as the product's own parts are, it proves that the house names no domain.

It is not of the library's shape on purpose: no title of its own, no review, no files. `docs` and CONTRIBUTING point here.
"""
