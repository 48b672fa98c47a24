class Report:
    def __init__(self, folder):
        pass

    def add(self, outcome):
        pass

    def close(self, run):
        pass
