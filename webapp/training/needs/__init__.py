"""The pages of training needs and assessment rounds."""
