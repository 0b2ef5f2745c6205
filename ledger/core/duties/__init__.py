"""What else must be done than erase: answer, rectify, notify, export first, end a service. Pure; the specification is docs/duties.md.

Each module compares what is wanted now with what is open, and raises or settles the difference; none reads another's obligations.
"""
