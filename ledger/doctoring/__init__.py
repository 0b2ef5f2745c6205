"""What is wrong with an installation, and what to do: `ledger doctor`. Each check stands alone, and changes nothing."""
