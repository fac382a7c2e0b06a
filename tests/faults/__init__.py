"""Faults to survive: workers killed, stopped and starved, servers gone, messages doubled.

Run by `make faults`. Each test keeps a ledger of what was meant and what was done in a file
outside the database under test, and each has a control in which the rule is switched off and
the same accounts must not balance.

`FAULTS_SCALE` multiplies how often and how long (1 takes about half an hour); `FAULTS_FULL=1`
does everything as often and as long as is promised, which takes over
an hour.
"""
