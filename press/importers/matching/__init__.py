"""What a label, a city or a name of the archive means here; what only people can decide, asked of them.

terms                labels -> terms, with the decisions that people took
decision_sheet       those decisions as a CSV to fill in
countries            countries that a text suggests, until editors confirm or reject them
suggested_contacts   the same for the people that a text names
"""
