"""Briefs as the tasks room writes them."""

WORK = """\
# Task TASK-012: Set up the ledger

Status: In progress. Priority: normal.

## Description
Bookings need a place that cannot lose them. It is written to by the importer.

**Deliverables:**
- `/ledger` with its schema

## Acceptance criteria
1. A booking survives a crash of the importer
2. Hot reload works for both environments

## Checklist
- [ ] Create the database schema of the ledger
- [ ] Write the guide for operators

## What to do
Do the task.
"""

FORGETFUL_TITLE = "Notification digest by mail"
"""A title for which the first draft leaves something out; see test_work."""

REVIEW = """\
# Review of TASK-012: Set up the ledger

## Acceptance criteria
1. A booking survives a crash of the importer
2. Hot reload works for both environments

## Evidence
- document {document}: What was done

## What to do
Read the evidence.
"""

TRIAGE = """\
# Triage

## Inbox
- TASK-001 [high] Ledger schema — needs: backend, database (hours 4–6)
- TASK-002 [normal] Ledger screen — needs: {need}
- TASK-003 [normal] Tidy up — needs: nothing particular

## Agents
- @technical builds things; capabilities: technical, backend, database, frontend; load {load}
- @qa checks things; capabilities: testing, qa; load {load}

## What to do
Give every task in the inbox to somebody with `assign_task`. If a task needs what nobody can do, \
or everybody has more than 12 tasks, add an agent with `create_agent` first.
"""

GOAL = """\
# Goal TASK-020: Offer our customers a newsletter

## Description
People subscribe on the site and get one mail a month.

## Agents
- @technical builds things; capabilities: technical, backend, database, research; load 0

## What to do
Break the goal down into 3 to 7 tasks below TASK-020.
"""

MENTION = """\
# Mention in TASK-012: Set up the ledger

## Message
@alice (question): @technical {words}

## Description
Bookings are written by the importer every night. The ledger keeps them for ten years.

## Thread
@technical (status_update): The schema is drawn.
@alice (question): @technical {words}
"""
