"""A tree of plain django-mptt, to measure the tree kit against. Not part of the site."""
