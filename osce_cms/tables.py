"""Cells of CSV files that people open in a spreadsheet, which would take some for formulas."""

ACTING = ("=", "+", "-", "@", "\t", "\r", "'")


def guarded(cell):
    """cell with an apostrophe before what a spreadsheet would run; unguarded() takes it off again."""
    return f"'{cell}" if cell.startswith(ACTING) else cell


def unguarded(cell):
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(ACTING) else cell
