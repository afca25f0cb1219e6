"""Migrations of stored data: one module a step, `m<number>_<name>.py`.

A step has a `TITLE`, which says in a few words what becomes of the data, and `run(work)`. They run in the order of
their names. Each is safe to repeat, also beside a running application: it reads, and changes on the condition of what
it has read. A step that a stage may have run is never edited.
"""
