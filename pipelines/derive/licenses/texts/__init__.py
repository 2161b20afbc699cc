"""Which license is in a text, and what the files of a repository say of its licenses.

The way is one: a text → :mod:`classify` (standard texts, by licenseclassifier), :mod:`titles`
(licenses of models, by the titles they carry) and :mod:`prose` (names, addresses and SPDX tags in
sentences) → :mod:`detect` (one text) → :mod:`repository` (all files of a repository, with
:mod:`metadata` for what its packages declare) → :mod:`summary` (code, weights and data apart).

Everything here is a function of the bytes: no network, and an address is never followed.
"""

if __name__ != "miner.pipelines.derive.licenses.texts":
    raise ImportError("import miner.pipelines.derive.licenses.texts, not texts")
