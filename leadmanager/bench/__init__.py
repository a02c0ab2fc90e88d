"""Benchmarks: what the product does in a second, beside what PostgreSQL alone does, measured in the same minute.

A benchmark is a function in `catalogue.BENCHMARKS`. Its figure and its baseline are measured in turns, so that whatever
else the machine does falls on both; what counts is the median of the turns' ratios. All run in a database and a state
directory of their own, which are gone afterwards.
"""
