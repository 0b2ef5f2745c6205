"""The pages in a real browser, against a real stack. A package, so that what its tests share ends with the last of them."""
