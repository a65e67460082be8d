//! Regional normalisation: phones, documents, accounts, names, dates, amounts. Pure functions.
