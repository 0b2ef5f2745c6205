"""The answers: questions in, frozen answers out; words and tables for people."""
