"""Scores what miner finds against labels, by the rules written beside the labels.

``python -m tests.accuracy --help`` lists the commands; ``make accuracy`` runs them on MINER_SHARED.
"""
