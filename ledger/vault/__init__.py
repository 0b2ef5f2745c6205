"""Keys per subject: what is sealed under them, who is behind a reference, and how both are forgotten. Specification: docs/vault.md."""
