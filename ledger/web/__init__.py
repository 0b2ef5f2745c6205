"""The ledger over HTTP: events in, answers out, pages for people. Its own process, `ledger serve`."""
