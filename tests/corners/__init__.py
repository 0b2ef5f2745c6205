"""Rare moments, written by hand."""
