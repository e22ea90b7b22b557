"""From a link to a title: the durable workflow `leech`, step by step.

`workflow` is the order of the steps; each step is a module of its own and safe to repeat. What a
step needs from an earlier one lies in the job's sandbox, or is fetched again when that is gone.
"""
