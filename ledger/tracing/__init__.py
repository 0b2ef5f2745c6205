"""Traces: where the time of a request or of a batch goes, for a collector that speaks OTLP. Off unless LEDGER__TRACES__ENDPOINT is set.

`spans` is all that the rest of the code knows: it imports nothing, and costs next to nothing while traces are off. `sending` alone knows
OpenTelemetry; `starting` turns it on for a command. Must never hold a value of an event, a subject, an address or the text of an error:
docs/traces.md lists each span and each attribute, and what is not listed there is left out.
"""
