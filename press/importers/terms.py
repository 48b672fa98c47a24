import hashlib

from taxonomy.labels import Labels

__all__ = ["Labels", "mapping_of"]


def mapping_of(labels):
    told = "\n".join(
        f"{link} {name} {term.pk}"
        for link, each in sorted(labels.items())
        for name, term in sorted(each.terms.items())
    )
    return hashlib.sha256(told.encode()).hexdigest()
