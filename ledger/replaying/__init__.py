"""The log folded again: replay, rebuild beside the live projections, digests, outcomes compared."""
