"""Hashing 8 MiB a task: C code that releases the GIL, so that threads do run in parallel."""

import hashlib

from workloads.computation import Computation

ZEROS = bytes(8 * 1024 * 1024)

# Of one byte, the task, and 8 MiB of zeros after it. Any other program gives the same, for task 1 of 0 to 7:
#   { printf '\001'; head -c 8388608 /dev/zero; } | sha512sum
DIGESTS = (
    "558733897c254e09d5863aee57c2db65eb7fea0dff3ca43599a70383adf5925f"
    "474964ad6328a9ae478754e28923b8645f747b65a076e8ec89f6a20be9db5cde",
    "c2714e3d1c8aad77887f658edea5835781006695d214accf56bd4267271a89d4"
    "02bc3021e0d2ad6975ef1d84c83bb2df52b1f19afbb164758aefcbce4b7b30bc",
    "b768bcbfce0346e0af6e520fbbe2d951802435766c66710447258a110cbb80bc"
    "963a4228cb2c8f390a134033948711ecfb0d1977fd2edfe36d14bd0ffb104995",
    "0ff5671ce72081d4faed7d5f63d6e22d3e2a68e5a3940d42627519ba31f588d9"
    "21d1f131c18831473acc0a467c186d25f752bffe9142c04e90d6e6906d4be2ac",
    "e897093d47187ab871660be41e11bc9b547ce22ab5390f2fe2cbf5533bed2fae"
    "ba9a9b2c51c46dfa5449c1db07f082e2f78c6c7b139d4e5f8fae5a1b708f0291",
    "c81f310ce8cb473dd8705392e12827f54e4efdf565fcdaeba6549396fe9f4594"
    "19be73a8570c2346fbc6b2ed2c694b4c21db111d03c057b9b7d4bcf84b5c5f26",
    "bb50fc67192fc6989b988fab28ee6a98fee1ba4a901e629b3d2d6b2d93fdb265"
    "12c703a5f148770619180b3e728afff8a95117cf8b1dc987912b2f52f39b2866",
    "d96a0f21f1aff88260bbeef74e27bf2aa511c9188d0febfd532890e8d8941e3c"
    "fa4c659b6f965ee21db70018e4ecde0564354cf5dc1ad5e56b8cc50502878b16",
)


def hash_block(first: int) -> str:
    """The SHA-512 of the byte `first` and 8 MiB of zeros, in hexadecimal."""
    digest = hashlib.sha512(bytes([first]))
    digest.update(ZEROS)
    return digest.hexdigest()


WORKLOADS = (Computation("math-hashing", hash_block, tasks=tuple(range(8)), answers=DIGESTS),)
