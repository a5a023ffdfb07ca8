"""Writes random-state.json: what NumPy's RandomState and pandas' sample give.

python3 make.py, with NumPy 1.24.2 and pandas 1.5.3 (Debian 12).
"""
import hashlib
import json

import numpy as np
import pandas as pd


def sha(values):
    return hashlib.sha256(np.asarray(values, dtype="<i4").tobytes()).hexdigest()


words, permutations = [], []
for seed in (0, 1, 42, 4294967295):
    state = np.random.RandomState(seed)
    words.append({"seed": seed, "first": [int(v) for v in state.randint(0, 2**32, 5, dtype=np.uint32)]})
    for n in (1, 2, 3, 10, 257, 6234, 10091, 62713, 100000):
        order = np.random.RandomState(seed).permutation(n)
        sampled = pd.DataFrame(index=range(n)).sample(frac=1, random_state=seed).index
        assert (np.asarray(sampled) == order).all()
        permutations.append({"seed": seed, "n": n, "first": [int(v) for v in order[:10]], "sha256": sha(order)})

state = np.random.RandomState(7)  # one generator after the other
twice = [[int(v) for v in state.permutation(5)] for _ in range(3)]
with open("random-state.json", "w") as out:
    json.dump({"words": words, "permutations": permutations, "seed7": twice}, out, indent=1)
    out.write("\n")
