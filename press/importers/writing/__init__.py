"""Records -> releases, with families, files and links. All that an import changes is changed here.

releases   created, updated, or met as a person left them
families   releases that are translations of each other
filling    pictures (illustrating) and documents (attaching)
links      links of the archive to itself
listed     what only lists of the old site told
"""
