"""Answers as files: registers, reports and manifests (docs/exports.md)."""
