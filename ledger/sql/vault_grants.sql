-- Who may do what in the vault. Neither who projects nor who reads projections has anything to look for here.

REVOKE ALL ON SCHEMA vault FROM PUBLIC;
GRANT USAGE ON SCHEMA vault TO ledger_vault;
GRANT SELECT, INSERT, UPDATE ON vault.epoch, vault.announcement, vault.look_up_day TO ledger_vault;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.subject, vault.identity, vault.suppression TO ledger_vault;
