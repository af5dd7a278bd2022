"""The tests: unit, contract, functional (Flask client), browser (real Chromium), architecture."""
