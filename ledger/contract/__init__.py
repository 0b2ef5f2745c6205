"""The contract: schemas, code lists, and events to bytes and back."""
