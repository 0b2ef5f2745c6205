"""The SDK: what a service needs to put its events on the log. Public names: `from ledger import Emitter`."""
