"""The pages of training, a sub-package for each of its domains."""
