"""What a process under test is fitted with: a scripted model, effects that leave a trace in the
ledger, and switches for the faults and for the rules.

Everything is read from the environment, so that a worker is started as it is at home.

FAULTS_LEDGER    path of the ledger
FAULTS_LATENCY   seconds that the model thinks ("0.2", or "0.1-1.5" for a random time between)
FAULTS_OFF       rules that are switched off, by name (see `switches`)
FAULTS_DIE_AT    kill -9 of this process when it reaches that point (see `points`)
FAULTS_LEASE     length of a lease in seconds, so that a test need not wait for 30
FAULTS_MESSAGES  "doubled": every message is sent twice, in an order of its own
"""
