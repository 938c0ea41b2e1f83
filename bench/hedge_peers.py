#!/usr/bin/env python3
"""bench/hedge_peers.py FOLDER -- the programmes `bench_hedge FOLDER` wrote there, by scipy's HiGHS, in its dual form.

Not part of any test; says so and stops when numpy or scipy is not installed.
"""
import pathlib
import sys
import time

try:
    import numpy as np
    from scipy.optimize import linprog
except ImportError:
    print("skipped: no numpy or scipy")
    sys.exit(77)

BETA, COST, BOUND = 0.95, 0.01, 20 * 730
for path in sorted(pathlib.Path(sys.argv[1]).glob("cvar-*.txt"), key=lambda p: int(p.stem[5:])):
    table = np.loadtxt(path)
    loss, payoff = table[:, 0], table[:, 1:]
    s, k = payoff.shape
    cost = np.concatenate([-loss, np.full(k, BOUND), np.zeros(k)])
    rows = np.hstack([payoff.T, -np.eye(k), np.eye(k)])
    bounds = [(0, 1 / ((1 - BETA) * s))] * s + [(0, None)] * (2 * k)
    begin = time.perf_counter()
    r = linprog(cost, A_ub=np.vstack([rows, -rows]), b_ub=np.full(2 * k, COST), bounds=bounds, method="highs",
                A_eq=np.concatenate([np.ones(s), np.zeros(2 * k)])[None, :], b_eq=[1])
    print(f"scipy HiGHS {s:5d} x {k}: {time.perf_counter() - begin:.3f} s, value {-r.fun:.2f}")
