#!/usr/bin/env python3
"""Writes arrays.h5: data sets of several types and layouts.

    python3 -m venv venv && venv/bin/pip install h5py==3.16.0 numpy
    venv/bin/python make_hdf5.py
"""

import pathlib

import h5py
import numpy

path = pathlib.Path(__file__).with_name("arrays.h5")
with h5py.File(path, "w", libver="earliest", track_order=False) as file:
    bytes_ = (numpy.arange(12 * 4 * 5 * 3) * 37 % 251).astype(numpy.uint8).reshape(12, 4, 5, 3)
    file.create_dataset("images", data=bytes_)
    file.create_dataset("deflated", data=bytes_, chunks=(5, 4, 5, 3), compression="gzip", shuffle=True)
    file.create_dataset("labels", data=numpy.arange(12) % 3)
    group = file.create_group("tables")
    reals = (numpy.arange(12 * 6) / 4 - 5).reshape(12, 6)
    for name in ("f2", ">f4", "f8", "i1", "i2", ">i4", "i8", "u2", "u4", "u8"):
        values = numpy.abs(reals) if name[0] == "u" else reals
        group.create_dataset(name.strip(">"), data=values.astype(name), chunks=(7, 4), compression="gzip")
    group.create_dataset("targets", data=numpy.arange(12) / 8)
    file.create_dataset("words", data=[b"a", b"b"])
    file.create_dataset("one", data=3)
