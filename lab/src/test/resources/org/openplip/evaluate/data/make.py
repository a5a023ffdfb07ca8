"""Writes what the readers of data sets are held to.

python3 make.py, with NumPy 1.24.2, pandas 1.5.3, Pillow 9.4.0 and h5py 3.7.0 (Debian 12).

splits.json    pandas' samples: a table of rows cut in 70 and 30 %, and one cut within strata
sizes.json     SHA-256 of pictures at 224 pixels, with the cut beside the middle
*.h5           PatchCamelyon's form, in chunks and compressed
"""
import hashlib
import json

import h5py
import numpy as np
import pandas as pd
from PIL import Image


def digest(values):
    return hashlib.sha256(np.asarray(values, dtype="<i4").tobytes()).hexdigest()


def cut(rows):
    shuffled = rows.sample(frac=1, random_state=1)
    train = int(len(rows) * 0.7)
    return shuffled.iloc[:train], shuffled.iloc[train:]


splits = []
for count in (1, 3, 10, 100, 10091, 62713):
    rows = pd.DataFrame({"row": range(count)})
    rows["label"] = rows["row"] * 7 % 5 < 2  # true: the first label
    parts = []
    for part in cut(rows):
        parts += [part[part["label"]], part[~part["label"]]]
    order = pd.concat(parts)["row"]
    train = int(count * 0.7)
    splits.append({"rows": count, "train": train, "sha256": digest(order), "first": order[:8].tolist()})

# Strata: organ r*r % 19, malignant where r*5 % 7 < 3, as PanNuke's are cut.
rows = pd.DataFrame({"row": range(6234)})
rows["organ"] = rows["row"] * rows["row"] % 19
rows["malignant"] = rows["row"] * 5 % 7 < 3
rows = pd.concat([rows[rows["malignant"]], rows[~rows["malignant"]]])
shuffled = rows.sample(frac=1, random_state=1)
train, test = [], []
for organ in shuffled["organ"].unique():
    for malignant in (False, True):
        first, second = cut(shuffled[(shuffled["organ"] == organ) & (shuffled["malignant"] == malignant)])
        train.append(first)
        test.append(second)
train, test = pd.concat(train)["row"], pd.concat(test)["row"]
strata = {"train": len(train), "test": len(test), "sha256": digest(pd.concat([train, test]))}
with open("splits.json", "w") as out:
    json.dump({"splits": splits, "strata": strata}, out, indent=1)
    out.write("\n")


def patterned(width, height):
    pixels = np.empty(3 * width * height, np.uint8)
    state = (width * 65537 + height) & 0xFFFFFFFF
    for i in range(len(pixels)):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        pixels[i] = state >> 24
    return Image.fromarray(pixels.reshape(height, width, 3))


sizes = []
for width, height in [(224, 224), (256, 256), (300, 200), (301, 203), (100, 80), (60, 200), (500, 224), (1000, 230), (223, 224), (1, 3), (449, 225), (700, 707)]:
    image = patterned(width, height)
    if width == height:
        image = image.resize((224, 224))
    else:
        scale = 224 / min(width, height)
        image = image.resize((int(width * scale), int(height * scale)))
        left, top = (width - 224) / 2, (height - 224) / 2
        image = image.crop((left, top, left + 224, top + 224))
    sizes.append({"width": width, "height": height, "sha256": hashlib.sha256(image.tobytes()).hexdigest()})
with open("sizes.json", "w") as out:
    json.dump(sizes, out, indent=1)
    out.write("\n")

for part, count in (("train", 5), ("valid", 2), ("test", 3)):
    pictures = np.arange(count * 8 * 8 * 3).reshape(count, 8, 8, 3) * 7 % 256
    with h5py.File(f"camelyonpatch_level_2_split_{part}_x.h5", "w") as out:
        out.create_dataset("x", data=pictures.astype("u1"), chunks=(2, 8, 8, 3), compression="gzip")
    with h5py.File(f"camelyonpatch_level_2_split_{part}_y.h5", "w") as out:
        out.create_dataset("y", data=(np.arange(count) % 2).astype("u1").reshape(count, 1, 1, 1))
