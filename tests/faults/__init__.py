"""The product under real faults, and the books of what was acknowledged, delivered, lost and sent twice.

`./run faults [quick] [name ...]`, or `python -m tests.faults`. Every scenario works on a real installation in a
temporary home: an embedded PostgreSQL of its own, a real web server, real transmit processes, and the receiver of
`tests.receivers` as a process that writes a ledger. `FAULTS_KEEP_HOMES=1` keeps the homes, with logs and ledgers.
"""
