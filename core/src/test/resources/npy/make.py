"""Writes the arrays that NpyArrayTest reads: python3 make.py, with NumPy 1.24.2 (Debian 12)."""
import numpy as np

pages = np.arange(24).reshape(2, 3, 2, 2)
for name, kind in {
    "uint8": "u1", "int16-big": ">i2", "uint16": "<u2", "int64": "<i8", "uint64-big": ">u8",
    "float32-big": ">f4", "float64": "<f8", "float64-big": ">f8",
}.items():
    np.save(f"pages-{name}.npy", pages.astype(kind) * (10 if kind != "u1" else 1))
np.save("bool.npy", np.array([[True, False], [False, True]]))
np.save("fortran.npy", np.asfortranarray(pages[0, :, :, 0].astype("f8")))
np.save("types.npy", np.array(["Breast", "Bile-duct", "Adrenal_gland", "", "\u00e6\U0001f52c"]))
np.save("complex.npy", np.array([1j]))
np.save("structured.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i2")]))
np.save("scalar.npy", np.float64(2.5))
with open("version2.npy", "wb") as out:
    np.lib.format.write_array(out, pages.astype("<f8"), version=(2, 0))
with open("version3.npy", "wb") as out:
    np.lib.format.write_array(out, pages.astype("<f8"), version=(3, 0))
