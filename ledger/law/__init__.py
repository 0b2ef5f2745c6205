"""The dated law library: what the law said on which day, as data. See docs/law.md."""
