"""Pages for people: each reads what the API answers, and shows it in Dutch or English. Without JavaScript everything works too."""
